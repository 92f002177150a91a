"""Patients whom the HIS knows, made without a phone: for tests of many."""

from server.context import App
from server.patients.models import Document, Identity
from server.patients.store import people


async def known(app: App, number: int) -> str:
    """An invented patient; gives his id."""
    document = Document(kind="passport", number=f"E{number:08d}")
    patient_id = await people.ensure(app, document)
    identity = Identity(name="样例", document=document, sex="male", birth_on="1960-01-01", phone="13800000099")
    await people.identify(app, patient_id, f"P8{number:05d}", identity)
    return patient_id
