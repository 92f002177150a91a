"""What happens after a binding or an opening: who is told, and what the HIS's changes mean for it."""

from server import audit
from server.context import SYSTEM, App, Event
from server.db import Tx
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import rules
from server.patients.models import Binding
from server.patients.service import his_file
from server.patients.store import bindings, people
from server.values import mask_name, shanghai_date, short_time

_CALL_US = "不是您本人或家人在办，请联系医院"


async def tell_of_binding(app: App, event: Event) -> None:
    """patients.bound: the account, and who already reads these records; else the phone the HIS holds."""
    binding = await bindings.get(app, event.data["binding_id"])
    if binding is None:
        return
    await _tell(app, event, binding, "添加就诊人", _CALL_US)
    if binding.is_open:
        return  # patients.opened tells the others
    others = await _tell_others(app, event, binding, "被另一个微信添加")
    patient = await people.get(app, binding.patient_id)
    if patient and not others and patient.phone and patient.phone != binding.typed.phone:
        text = "【随诊】有人在微信上把您添加为就诊人，还不能看您的就诊记录。不是您本人或家人在办，请联系医院。"
        await app.sms.send(f"bound-{binding.id}", patient.phone, text)


async def tell_of_opening(app: App, event: Event) -> None:
    """patients.opened: who already reads these records; after the desk also the account and the HIS's phone."""
    binding = await bindings.get(app, event.data["binding_id"])
    if binding is None or not binding.is_open:
        return
    others = await _tell_others(app, event, binding, "另一个微信可看记录")
    if not (binding.opened_by or "").startswith("desk:"):
        return
    await _tell(app, event, binding, "已核验，可看记录", _CALL_US)
    patient = await people.get(app, binding.patient_id)
    if patient and not others and patient.phone and patient.phone != binding.typed.phone:
        text = "【随诊】医院窗口核验证件后，有一个微信可以看您的就诊记录了。不是您本人或家人在办，请联系医院。"
        await app.sms.send(f"opened-{binding.id}", patient.phone, text)


async def tell_of_refusal(app: App, event: Event) -> None:
    """patients.refused: the account whom the desk sent away."""
    binding = await bindings.get(app, event.data["binding_id"])
    if binding and binding.refused_because:
        await _tell(app, event, binding, "窗口核验未通过", binding.refused_because)


async def take_death(app: App, event: Event) -> None:
    """contacts.deceased: his family told us on the phone. Nothing more is sent about him, until he comes again."""
    patient_id = event.data["patient_id"]
    if await people.note_death(app, patient_id, shanghai_date(event.at)):
        await audit.record(app, SYSTEM, "patients.note_death", patient_ids=[patient_id], why=event.data["task_id"])


async def take_person_change(app: App, event: Event) -> None:
    """his.person.changed: take over what the HIS holds now.

    A file that we opened on somebody's word closes again when the hospital, having seen the
    person, corrects it to another name or phone: who opened it was not who he said.
    """
    known = await people.by_his_id(app, event.data["his_id"])
    held = await his_file.read_again(app, event.data["his_id"]) if known else None
    if known is None or held is None:
        return
    await people.identify(app, known.id, known.his_id, held)
    if not await people.is_new_file(app, known.id):
        return
    today = shanghai_date(app.now())
    doubtful = [
        b
        for b in await bindings.open_of(app, known.id)
        if b.opened_by == "new_file"
        and not (rules.same_person(b.typed, held) and rules.proving_phone(held, today) == b.typed.phone)
    ]

    async def write(tx: Tx) -> None:
        for binding in doubtful:
            await bindings.close(app, binding.id, tx)
            await audit.record(app, SYSTEM, "patients.close", patient_ids=[known.id], why="corrected by the HIS", tx=tx)

    if doubtful:
        await app.db.transact(write)
        await people.set_new_file(app, known.id, False)
        for binding in doubtful:
            await _tell(app, event, binding, "记录已关闭", "医院登记的信息有更改，请重新核验身份")


async def _tell_others(app: App, event: Event, binding: Binding, what: str) -> bool:
    """Tell the accounts that read these records already; whether there is one."""
    others = [b for b in await bindings.open_of(app, binding.patient_id) if b.id != binding.id]
    before = [b for b in others if b.account_id in event.data["other_account_ids"]]
    for other in before:
        await _tell(app, event, other, what, _CALL_US, about=binding.id)
    return bool(before)


async def _tell(app: App, event: Event, binding: Binding, what: str, hint: str, about: str = "") -> None:
    facts = {
        "就诊人": mask_name(binding.typed.name),
        "操作内容": what,
        "操作时间": short_time(event.at),
        "温馨提示": hint,
    }
    await messages.notify(
        app,
        Notice(
            key="patient_bound",
            account_id=binding.account_id,
            facts=facts,
            path=f"/h5/pages/patients/detail?id={binding.patient_id}",
            dedupe=f"{event.type}:{about or binding.id}:{binding.account_id}",
            patient_id=binding.patient_id,
            phone=binding.typed.phone,
        ),
    )
