"""The floors: for each scenario the smallest Tornado handler that makes the same round trips to Mongo,
does the same crypto and sends the same bytes. `python -m tests.bench.floors FACTS`, environment as for `server web`.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from defusedxml.ElementTree import fromstring
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.web import Application, RequestHandler

from server.sandbox.keys import PUBLIC_KEY_ID, read_private_key
from server.settings import Settings

Doc = dict[str, Any]
settings = Settings()
facts: Doc = json.loads(Path(sys.argv[1]).read_text())  # port, and the bytes that we answer with
SEAL = bytes.fromhex(settings.seal_key.partition(":")[2])
AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient", max_clients=100)
MERCHANT = read_private_key(settings.pay_private_key)
PLATFORM = cast(RSAPublicKey, load_pem_public_key((settings.pay_public_keys / PUBLIC_KEY_ID).read_bytes()))
MESSAGE_KEY = base64.b64decode(settings.wechat_aes_key.split(",")[0] + "=")


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return os.urandom(12).hex()


def seal(place: str, text: bytes) -> Doc:
    nonce = os.urandom(12)
    encryptor = Cipher(SM4(SEAL), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place.encode())
    return {"v": 1, "k": "k1", "n": nonce, "c": encryptor.update(text) + encryptor.finalize() + encryptor.tag}


def unseal(collection: str, doc: Doc) -> bytes:
    envelope = doc["sealed"]
    text = bytes(envelope["c"])
    decryptor = Cipher(SM4(SEAL), GCM(bytes(envelope["n"]), text[-16:])).decryptor()
    place = "\0".join(("1", envelope["k"], collection, doc["_id"], "sealed"))
    decryptor.authenticate_additional_data(place.encode())
    return decryptor.update(text[:-16]) + decryptor.finalize()


class Handler(RequestHandler):
    """The database, and who asks."""

    @property
    def db(self) -> Any:
        return self.settings["db"]

    async def account(self) -> str:
        """One round trip for the session."""
        token = hashlib.sha256((self.get_cookie("sz_patient") or "").encode()).hexdigest()
        return str((await self.db.sessions.find_one({"_id": token, "expires_at": {"$gt": now()}}))["subject"])

    def answer(self, name: str) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(facts["answers"][name].encode())


class Callback(Handler):
    """Verify, decrypt, keep once, seal the answer."""

    async def post(self) -> None:
        ask = {name: self.get_query_argument(name) for name in ("timestamp", "nonce", "msg_signature")}
        sealed = fromstring(self.request.body).findtext("Encrypt") or ""
        parts = sorted((settings.wechat_token, ask["timestamp"], ask["nonce"], sealed))
        if hashlib.sha1("".join(parts).encode()).hexdigest() != ask["msg_signature"]:
            return self.set_status(403)
        decryptor = Cipher(AES(MESSAGE_KEY), CBC(MESSAGE_KEY[:16])).decryptor()
        frame = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        text = frame[20 : 20 + int.from_bytes(frame[16:20], "big")]
        fields = {child.tag: child.text for child in fromstring(text)}
        key = f"{fields['MsgId']}-{fields['CreateTime']}-{fields['FromUserName']}"
        kept: Doc = {"_id": f"wechat:{hashlib.sha256(key.encode()).hexdigest()}", "type": "wechat.message", "at": now()}
        kept |= {"data": {"name": "", "sealed": seal(kept["_id"], json.dumps(fields).encode())}}
        kept |= {"state": "waiting", "due_at": now(), "tries": 0, "done": []}
        with contextlib.suppress(DuplicateKeyError):
            await self.db.floor_events.insert_one(kept)
        said = facts["answers"]["callback"].encode()
        frame = os.urandom(16) + len(said).to_bytes(4, "big") + said + settings.wechat_appid.encode()
        size = 32 - len(frame) % 32
        encryptor = Cipher(AES(MESSAGE_KEY), CBC(MESSAGE_KEY[:16])).encryptor()
        sealed = base64.b64encode(encryptor.update(frame + bytes([size]) * size) + encryptor.finalize()).decode()
        parts = sorted((settings.wechat_token, ask["timestamp"], ask["nonce"], sealed))
        proof = hashlib.sha1("".join(parts).encode()).hexdigest()
        self.set_header("Content-Type", "text/xml; charset=utf-8")
        self.finish(
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{proof}]]></MsgSignature>"
            f"<TimeStamp>{ask['timestamp']}</TimeStamp><Nonce><![CDATA[{ask['nonce']}]]></Nonce></xml>"
        )


class Slots(Handler):
    """A clinic and its places."""

    async def get(self, clinic_id: str) -> None:
        clinic, places = self.db.clinics, self.db.slots
        found = places.find({"clinic_id": clinic_id}).sort("place_number", 1)
        await asyncio.gather(clinic.find_one({"_id": clinic_id}), found.to_list())
        self.answer("slots")


class Report(Handler):
    """A report, the patient's other reports for the trends, the names of the departments, the audit line."""

    async def get(self, report_id: str) -> None:
        account, db = await self.account(), self.db
        report = await db.reports.find_one({"_id": report_id})
        unseal("reports", report)
        binding = await db.bindings.find_one(
            {"account_id": account, "patient_id": report["patient_id"], "removed": False}
        )
        unseal("bindings", binding)
        unseal("patients", await db.patients.find_one({"_id": report["patient_id"], "his_id": {"$type": "string"}}))
        line = {"_id": new_id(), "at": now(), "actor_kind": "account", "actor_id": account, "action": "reports.read"}
        await db.audit.insert_one(line | {"patient_ids": [report["patient_id"]], "why": report_id})
        await db.departments.find().sort([("order", 1), ("_id", 1)]).to_list()
        mine = {"patient_id": report["patient_id"], "status": {"$in": ["final", "corrected"]}}
        for doc in await db.reports.find(mine).sort("reported_at", -1).limit(200).to_list():
            unseal("reports", doc)
        self.answer("report")


class Book(Handler):
    """A guarded claim, one transaction with all that belongs to a booking, the patient's name for the answer."""

    async def post(self) -> None:
        account, db, asked = await self.account(), self.db, json.loads(self.request.body)
        mine, id = {"account_id": account, "removed": False}, new_id()
        unseal("bindings", await db.bindings.find_one(mine | {"patient_id": asked["patient_id"]}))
        free = {"_id": asked["slot_id"], "state": "free", "starts_at": {"$gt": now()}}
        held = {"state": "held", "appointment_id": id, "held_until": now() + timedelta(minutes=1)}
        slot = await db.slots.find_one_and_update(
            free, {"$set": held, "$inc": {"version": 1}}, return_document=ReturnDocument.AFTER
        )
        if slot is None:
            return self.set_status(409)
        clinic = await db.clinics.find_one({"_id": slot["clinic_id"]})

        async def keep(session: Any) -> None:
            await db.appointments.insert_one(appointment(id, slot, clinic, account, asked), session=session)
            line = {"_id": new_id(), "at": now(), "actor_kind": "account", "actor_id": account}
            line |= {"action": "appointments.book", "patient_ids": [asked["patient_id"]], "why": ""}
            await db.audit.insert_one(line, session=session)
            taken = {"$set": {"state": "taken", "held_until": None, "ordered": False}, "$inc": {"version": 1}}
            await db.slots.update_one({"_id": slot["_id"], "appointment_id": id}, taken, session=session)
            key = {"_id": f"{asked['patient_id']}:{clinic['doctor_id']}:{clinic['department_id']}"}
            relation = {"patient_id": asked["patient_id"], "doctor_id": clinic["doctor_id"], "since": now()}
            relation |= {"department_id": clinic["department_id"]}
            change = {"$setOnInsert": relation, "$set": {"why": "booking"}, "$max": {"last_at": now()}}
            await db.care_relations.update_one(key, change, upsert=True, session=session)
            owed = {"kind": "appointment", "subject_id": id, "patient_id": asked["patient_id"], "title": "", "tries": 0}
            owed |= {"job": "appointments.tell_his", "status": "waiting", "created_at": now(), "next_try_at": now()}
            await db.write_backs.find_one({"_id": f"{id}:appointment"}, session=session)
            await db.write_backs.replace_one({"_id": f"{id}:appointment"}, owed, upsert=True, session=session)
            job = {"kind": "appointments.tell_his", "key": id, "due_at": now(), "clock": "real", "version": new_id()}
            job |= {"tries": 0, "lease_until": now()}
            key = {"_id": f"appointments.tell_his:{id}"}
            await db.jobs.update_one(key, {"$set": job}, upsert=True, session=session)
            event = {"_id": new_id(), "type": "appointments.confirmed", "data": {"appointment_id": id}, "at": now()}
            event |= {"state": "waiting", "due_at": now(), "tries": 0, "done": []}
            await db.events.insert_one(event, session=session)

        async with db.client.start_session() as session:
            await session.with_transaction(keep)
        for doc in await db.bindings.find(mine).sort("_id", 1).to_list():
            unseal("bindings", doc)
        people = {"_id": {"$in": [asked["patient_id"]]}, "his_id": {"$type": "string"}}
        for doc in await db.patients.find(people).to_list():
            unseal("patients", doc)
        self.set_status(201)
        self.answer("book")


def appointment(id: str, slot: Doc, clinic: Doc, account: str, asked: Doc) -> Doc:
    """A document as large as ours."""
    names = ("doctor_id", "doctor_name", "department_id", "department_name", "location", "on", "fee_fen")
    doc = {name: clinic[name] for name in names} | {
        name: slot[name] for name in ("place_number", "starts_at", "ends_at")
    }
    doc |= {"_id": id, "number": id[:14], "slot_id": slot["_id"], "clinic_id": clinic["_id"], "account_id": account}
    doc |= {"patient_id": asked["patient_id"], "channel": "wechat", "status": "confirmed", "live": True}
    doc |= {"hold_until": None, "hold_seat": None, "order_id": None, "paid_order_id": None, "his_status": "waiting"}
    return doc | {"his_number": None, "note": "", "created_at": now(), "checked_in_at": None}


class Pay(Handler):
    """An order in one transaction, WeChat Pay asked for a prepay_id and believed by its signature, the sheet signed."""

    async def post(self, appointment_id: str) -> None:
        account, db, id = await self.account(), self.db, new_id()
        held = await db.appointments.find_one({"_id": appointment_id, "account_id": account})
        openid = (await db.accounts.find_one({"_id": account}))["openids"][0].partition(":")[2]
        await db.orders.find_one({"kind": "appointment", "subject_id": appointment_id, "live": True})
        order = {"_id": id, "kind": "appointment", "subject_id": appointment_id, "account_id": account, "live": True}
        order |= {"patient_id": held["patient_id"], "title": "挂号费", "amount_fen": held["fee_fen"], "looks": 0}
        order |= {"status": "created", "appid": settings.wechat_appid, "openid": openid, "created_at": now()}
        order |= {"pay_until": held["hold_until"], "expires_at": held["hold_until"], "claimed_fen": 0}

        async def keep(session: Any) -> None:
            await db.orders.insert_one(order, session=session)
            change = {"$set": {"order_id": id}}
            await db.appointments.update_one({"_id": appointment_id, "status": "held"}, change, session=session)
            mine = {"_id": held["slot_id"], "appointment_id": appointment_id}
            await db.slots.update_one(mine, {"$set": {"ordered": True}}, session=session)
            await db.jobs.update_one({"_id": f"payments.sweep:{id}"}, {"$set": job("sweep", id)}, True, session=session)
            await db.audit.insert_one(audit_line(account, "payments.open", held["patient_id"]), session=session)

        async with db.client.start_session() as session:
            await session.with_transaction(keep)
        wish: Doc = {
            "appid": settings.wechat_appid,
            "mchid": settings.pay_mchid,
            "description": "挂号费",
            "out_trade_no": id,
        }
        wish |= {"time_expire": now().isoformat(), "notify_url": "https://hospital.example/wechat/pay/notify"}
        wish |= {"amount": {"total": held["fee_fen"], "currency": "CNY"}, "payer": {"openid": openid}}
        prepay_id = (await self._ask(json.dumps(wish)))["prepay_id"]
        prepaid = {"status": "prepaid", "prepay_id": prepay_id, "prepaid_at": now()}
        await db.orders.update_one({"_id": id, "status": "created"}, {"$set": prepaid})
        stamp, nonce, package = str(int(now().timestamp())), os.urandom(16).hex(), f"prepay_id={prepay_id}"
        sheet = {"appId": settings.wechat_appid, "timeStamp": stamp, "nonceStr": nonce, "package": package}
        sheet |= {"signType": "RSA", "paySign": sign(settings.wechat_appid, stamp, nonce, package)}
        self.finish(json.dumps({"order_id": id, "params": sheet}))

    async def _ask(self, body: str) -> Doc:
        target, stamp, nonce = "/v3/pay/transactions/jsapi", str(int(now().timestamp())), os.urandom(16).hex()
        by = f'mchid="{settings.pay_mchid}",nonce_str="{nonce}",timestamp="{stamp}",serial_no="{settings.pay_serial}"'
        proof = f'WECHATPAY2-SHA256-RSA2048 {by},signature="{sign("POST", target, stamp, nonce, body)}"'
        headers = {"Content-Type": "application/json", "Authorization": proof}
        asked = HTTPRequest(settings.wechat_pay_url + target, "POST", headers=headers, body=body)
        said = await AsyncHTTPClient().fetch(asked)
        verify(said.headers, said.body)
        return dict(json.loads(said.body))


class Notify(Handler):
    """Verified, opened, settled in one transaction."""

    async def post(self) -> None:
        verify(self.request.headers, self.request.body)
        sealed = json.loads(self.request.body)["resource"]
        cipher = AESGCM(settings.pay_apiv3_key.encode())
        content, also = base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode()
        trade, db = json.loads(cipher.decrypt(sealed["nonce"].encode(), content, also)), self.db
        order = await db.orders.find_one({"_id": trade["out_trade_no"]})
        if (order["amount_fen"], order["openid"]) != (trade["amount"]["total"], trade["payer"]["openid"]):
            return self.set_status(400)

        async def keep(session: Any) -> None:
            paid = {"status": "paid", "transaction_id": trade["transaction_id"], "paid_at": now()}
            unpaid = {"_id": order["_id"], "status": {"$in": ["created", "prepaid", "closed"]}}
            await db.orders.update_one(unpaid, {"$set": paid}, session=session)
            lines = [{"account": "wechat", "debit_fen": order["amount_fen"], "credit_fen": 0}]
            lines += [{"account": "patients", "debit_fen": 0, "credit_fen": order["amount_fen"]}]
            entry = {"kind": "paid", "at": now(), "on": "2026-11-25", "order_id": order["_id"], "lines": lines}
            fact = {"_id": f"paid:{order['_id']}"}
            await db.floor_ledger.update_one(fact, {"$setOnInsert": entry}, upsert=True, session=session)
            event = {"_id": new_id(), "type": "payments.paid", "data": {"order_id": order["_id"]}, "at": now()}
            event |= {"state": "waiting", "due_at": now(), "tries": 0, "done": []}
            await db.floor_events.insert_one(event, session=session)
            await db.audit.insert_one(audit_line("system", "payments.paid", order["patient_id"]), session=session)

        async with db.client.start_session() as session:
            await session.with_transaction(keep)
        await db.orders.find_one({"_id": order["_id"]})
        self.set_status(204)


def sign(*lines: str) -> str:
    text = "".join(f"{line}\n" for line in lines).encode()
    return base64.b64encode(MERCHANT.sign(text, PKCS1v15(), SHA256())).decode()


def verify(headers: Any, body: bytes) -> None:
    stamp, nonce = headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"]
    text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    PLATFORM.verify(base64.b64decode(headers["Wechatpay-Signature"]), text, PKCS1v15(), SHA256())


def audit_line(who: str, action: str, patient_id: str) -> Doc:
    line = {"_id": new_id(), "at": now(), "actor_kind": "account", "actor_id": who, "action": action}
    return line | {"patient_ids": [patient_id], "why": "appointment"}


def job(kind: str, key: str) -> Doc:
    later = now() + timedelta(hours=1)
    return {"kind": f"floor.{kind}", "key": key, "due_at": later, "clock": "real", "tries": 0, "lease_until": later}


ROUTES: list[Any] = [
    ("/api/appointments/([^/]+)/payment", Pay),
    ("/wechat/pay/notify", Notify),
    ("/wechat/callback", Callback),
    ("/api/clinics/([^/]+)/slots", Slots),
    ("/api/reports/([^/]+)", Report),
    ("/api/appointments", Book),
]


async def serve() -> None:
    client: AsyncMongoClient[Doc] = AsyncMongoClient(settings.mongodb_url, tz_aware=True, w="majority")
    whole = {"write_concern": WriteConcern("majority"), "read_concern": ReadConcern("majority")}
    db = client.get_database(settings.mongodb_name, **whole)  # type: ignore[arg-type]
    Application(ROUTES, db=db, log_function=lambda handler: None).listen(facts["port"], "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
