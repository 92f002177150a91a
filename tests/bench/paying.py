"""Prepay, notification, settled: places held unpaid, a WeChat Pay that only signs, and its notifications.

The platform puts payer and amount into the prepay_id, so that whoever sends the load can write
the notification of an order that did not exist a moment ago.
"""

import asyncio
import base64
import json
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tornado.web import Application, RequestHandler

from server.context import App
from server.embedded import start_child, stop_child
from server.sandbox.keys import PUBLIC_KEY_ID, read_private_key
from server.settings import Settings
from tests.bench.load import request
from tests.bench.prepare import Caller, booking
from tests.journeys.hospital import Hospital, wait_until

HELD = 3000  # more than both sides can pay in their turns


def proof(key_file: Path, body: bytes) -> dict[str, str]:
    """The headers by which WeChat Pay proves a body."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signed = read_private_key(key_file).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay_Serial": PUBLIC_KEY_ID,
        "Wechatpay_Timestamp": timestamp,
        "Wechatpay_Nonce": nonce,
        "Wechatpay_Signature": base64.b64encode(signed).decode(),
    }


@dataclass
class Notify:
    """From the answer to a prepay to the notification that its order is paid."""

    mchid: str
    appid: str
    sealing_key: str
    key_file: Path

    def __call__(self, body: bytes) -> bytes | None:
        """The request that WeChat Pay would send."""
        given = json.loads(body)
        payer, total = given["params"]["package"].removeprefix("prepay_id=").rsplit(".", 1)
        trade = {
            "out_trade_no": given["order_id"],
            "transaction_id": "42" + given["order_id"],
            "trade_state": "SUCCESS",
            "appid": self.appid,
            "mchid": self.mchid,
            "amount": {"total": int(total), "payer_total": int(total), "currency": "CNY"},
            "payer": {"openid": payer},
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        nonce = secrets.token_hex(6)
        sealed = self._cipher.encrypt(nonce.encode(), json.dumps(trade).encode(), b"transaction")
        resource = {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": "transaction",
            "nonce": nonce,
        }
        told = {"id": secrets.token_hex(18), "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource"}
        content = json.dumps(told | {"resource": resource}).encode()
        return request(
            "POST", "/wechat/pay/notify", content, Content_Type="application/json", **proof(self.key_file, content)
        )

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.sealing_key.encode())


def notify_of(settings: Settings) -> Notify:
    """As this hospital is notified."""
    key_file = settings.data_dir / "keys" / "platform" / f"{PUBLIC_KEY_ID}.pem"
    return Notify(settings.pay_mchid, settings.wechat_appid, settings.pay_apiv3_key, key_file)


async def holds(app: App, hospital: Hospital, callers: list[Caller]) -> Iterator[bytes]:
    """POST /api/appointments/{id}/payment for places that are held: one is booked, the others are made like it."""
    clinics = {doc["_id"]: doc async for doc in app.db["clinics"].find({"fee_fen": {"$gt": 0}, "status": "open"})}
    wanted = {"clinic_id": {"$in": list(clinics)}, "state": "free", "starts_at": {"$gt": app.now() + timedelta(days=1)}}
    slots = await app.db["slots"].find(wanted).to_list()
    first = await _book(hospital, callers[0], slots[0]["_id"])
    pattern = await app.db["appointments"].find_one({"_id": first})
    held = await app.db["slots"].find_one({"_id": slots[0]["_id"]})
    assert pattern
    assert held
    until = app.real_now() + timedelta(hours=1)
    of_day: dict[tuple[str, str], int] = defaultdict(int)
    made: list[dict[str, Any]] = []
    asked: list[bytes] = []
    for slot in slots[1:]:
        clinic = clinics[slot["clinic_id"]]
        day = (clinic["department_id"], clinic["on"])
        of_day[day] += 1
        if of_day[day] >= len(callers) or len(made) == HELD:
            continue
        caller, id = callers[of_day[day]], app.new_id()
        names = ("doctor_id", "doctor_name", "department_id", "department_name", "location", "on", "fee_fen")
        made.append(
            pattern
            | {name: clinic[name] for name in names}
            | {name: slot[name] for name in ("place_number", "starts_at", "ends_at")}
            | {"_id": id, "number": id, "slot_id": slot["_id"], "clinic_id": slot["clinic_id"], "hold_seat": None}
            | {"account_id": caller.account_id, "patient_id": caller.patient_id, "hold_until": until}
        )
        headers = {"Cookie": caller.cookies, "X_Xsrf_Token": caller.xsrf, "Content_Type": "application/json"}
        asked.append(request("POST", f"/api/appointments/{id}/payment", b'{"channel":"jsapi"}', **headers))
    await app.db["appointments"].insert_many(made)
    for doc in made:
        change = {"state": "held", "appointment_id": doc["_id"], "held_until": until, "ordered": False}
        await app.db["slots"].update_one({"_id": doc["slot_id"]}, {"$set": change})
    return iter(asked)


async def _book(hospital: Hospital, caller: Caller, slot_id: str) -> str:
    head, _, body = booking(caller, slot_id).partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers = {name: lines[name] for name in ("Cookie", "X-Xsrf-Token", "Content-Type")}
    said = await asyncio.to_thread(httpx.post, f"{hospital.url}/api/appointments", content=body, headers=headers)
    assert said.status_code == 201, said.text
    return str(said.json()["id"])


class Prepay(RequestHandler):
    """WeChat Pay's prepay, signed, with nothing behind it."""

    def post(self) -> None:
        """-> {prepay_id}"""
        order = json.loads(self.request.body)
        prepay_id = f"{order['payer']['openid']}.{order['amount']['total']}"
        body = json.dumps({"prepay_id": prepay_id}).encode()
        for name, value in proof(Path(sys.argv[2]), body).items():
            self.set_header(name.replace("_", "-"), value)
        self.set_header("Content-Type", "application/json")
        self.finish(body)

    def get(self) -> None:
        """Whether it is there."""


@contextmanager
def platform(hospital: Hospital) -> Iterator[None]:
    """In the place of the sandbox, which is too slow to measure anybody else."""
    running = hospital.running
    port = running.settings.port + 1
    key_file = notify_of(hospital.settings).key_file
    command = [sys.executable, "-m", "tests.bench.paying", str(port), str(key_file)]
    process = start_child(command, running.data_dir / "logs" / "platform.log", env=running.env)
    try:
        wait_until(lambda: _answers(port), what="the platform answers")
        yield
    finally:
        stop_child(process)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/v3/pay/transactions/jsapi").is_success
    except httpx.TransportError:
        return False


async def _serve() -> None:
    routes: list[Any] = [("/v3/pay/transactions/jsapi", Prepay)]
    Application(routes, log_function=lambda handler: None).listen(int(sys.argv[1]), "localhost")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
