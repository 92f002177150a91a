"""What the scenarios need: logged-in accounts with a patient each, places to book, requests as bytes."""

import asyncio
import json
import secrets
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server import sessions
from server.accounts import service as accounts
from server.adapters.wechat_crypto import MessageCrypt, signature
from server.context import App, Identity
from server.db import Tx
from server.patients.models import Binding, Document
from server.patients.models import Identity as Person
from server.patients.store import bindings, people
from server.values import check_digit, id_card
from tests.bench.load import request
from tests.journeys.hospital import people as demo_people

ACCOUNTS = 250
OPENID = "o-bench-{:04d}"


@dataclass
class Caller:
    """An account with a session and one open patient."""

    account_id: str
    patient_id: str
    token: str
    xsrf: str

    @property
    def cookies(self) -> str:
        """As a browser sends them."""
        return f"sz_patient={self.token}; sz_xsrf={self.xsrf}"


async def callers(app: App, count: int = ACCOUNTS, first: int = 0) -> list[Caller]:
    """The accounts; the very first one's patient is in the HIS, with reports."""
    made: list[Caller] = []
    for start in range(first, first + count, 25):
        numbers = range(start, min(start + 25, first + count))
        made += await asyncio.gather(*(_caller(app, number) for number in numbers))
    return made


async def _caller(app: App, number: int) -> Caller:
    account = await accounts.enter(app, Identity("service", OPENID.format(number)))
    token, session = await sessions.open_session(app, "account", account.id)
    person, his_id = _person(number)
    patient_id = await people.ensure(app, person.document)
    await people.identify(app, patient_id, his_id, person)
    binding = Binding(
        id=app.new_id(),
        account_id=account.id,
        patient_id=patient_id,
        relation="self",
        active=True,
        opening="open",
        opened_by="code",
        typed=person,
        created_at=app.now(),
    )

    async def write(tx: Tx) -> None:
        await bindings.add(app, binding, tx)

    await app.db.transact(write)
    return Caller(account.id, patient_id, token, session.xsrf)


def _person(number: int) -> tuple[Person, str]:
    if number == 0:
        known = demo_people()["zhang"]
        fields = {name: known[name] for name in ("name", "sex", "birth_on", "phone")}
        return Person(document=Document.model_validate(known["document"]), **fields), str(known["his_id"])
    body = f"310199{1980 - number // 1000}0101{number % 1000:03d}"
    document = Document(kind="id_card", number=str(id_card(body + check_digit(body))))
    phone, born = f"139{number:08d}", f"{1980 - number // 1000}-01-01"
    person = Person(name=f"样例{number}", document=document, sex="male", birth_on=born, phone=phone)
    return person, f"BENCH{number}"


async def clinic_of_slots(app: App) -> str:
    """An open clinic of the day after tomorrow with many free places."""
    after = app.now() + timedelta(days=1)
    stages: list[dict[str, Any]] = [
        {"$match": {"starts_at": {"$gt": after}, "state": "free"}},
        {"$group": {"_id": "$clinic_id", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
        {"$limit": 1},
    ]
    return str((await (await app.db["slots"].aggregate(stages)).next())["_id"])


async def bookings(app: App, callers: list[Caller]) -> Iterator[bytes]:
    """POST /api/appointments on free places without a fee; no patient twice in a department on a day."""
    clinics = {doc["_id"]: doc async for doc in app.db["clinics"].find({"fee_fen": 0, "status": "open"})}
    wanted = {"clinic_id": {"$in": list(clinics)}, "state": "free", "starts_at": {"$gt": app.now() + timedelta(days=1)}}
    of_day: dict[tuple[str, str], int] = defaultdict(int)
    made: list[bytes] = []
    async for slot in app.db["slots"].find(wanted):
        clinic = clinics[slot["clinic_id"]]
        day = (clinic["department_id"], clinic["on"])
        of_day[day] += 1
        if of_day[day] <= len(callers):
            first = zlib.crc32("".join(day).encode())  # each day begins with another one
            made.append(booking(callers[(first + of_day[day]) % len(callers)], slot["_id"]))
    secrets.SystemRandom().shuffle(made)
    return iter(made)


def booking(caller: Caller, slot_id: str) -> bytes:
    """One booking."""
    body = json.dumps({"slot_id": slot_id, "patient_id": caller.patient_id}).encode()
    headers = {"Cookie": caller.cookies, "X_Xsrf_Token": caller.xsrf, "Content_Type": "application/json"}
    return request("POST", "/api/appointments", body, **headers)


def pushes(app: App) -> Iterator[bytes]:
    """Text messages as WeChat pushes them in safe mode, each another."""
    given = app.settings
    crypt = MessageCrypt(given.wechat_aes_key.split(",")[:1], given.wechat_appid)
    number = secrets.randbits(40)
    while True:
        number += 1
        at = int(app.now().timestamp())
        sender = OPENID.format(number % ACCOUNTS)
        text = (
            f"<xml><ToUserName><![CDATA[{given.wechat_account_id}]]></ToUserName>"
            f"<FromUserName><![CDATA[{sender}]]></FromUserName><CreateTime>{at}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[请问怎么预约挂号？]]></Content>"
            f"<MsgId>{number}</MsgId></xml>"
        )
        sealed, nonce = crypt.encrypt(text.encode()), secrets.token_hex(5)
        proof = signature(given.wechat_token, str(at), nonce, sealed)
        plain = signature(given.wechat_token, str(at), nonce)
        query = f"signature={plain}&timestamp={at}&nonce={nonce}&encrypt_type=aes&msg_signature={proof}&openid={sender}"
        body = f"<xml><ToUserName>{given.wechat_account_id}</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        yield request("POST", f"/wechat/callback?{query}", body.encode(), Content_Type="text/xml")
