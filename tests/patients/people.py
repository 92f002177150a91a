"""The invented people of the demonstration as a test types them in, and the steps of binding one."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from server.sandbox import sms
from tests.conftest import Browser
from tests.sandbox_on_a_port import Platform

_FILE = Path(__file__).parents[2] / "fixtures" / "his" / "demo_people.json"


@cache
def people() -> dict[str, dict[str, Any]]:
    """The demo people by key."""
    return {one["key"]: one for one in json.loads(_FILE.read_text(encoding="utf-8"))["items"]}


def texts_to(platform: Platform, number: str) -> list[str]:
    """The text messages that arrived at a number, oldest first."""
    return [str(message["text"]) for message in sms.to_phone(platform.world, number)]


def last_code(platform: Platform, number: str) -> str:
    """The code in the newest text message to a number."""
    return re.findall(r"\d{6}", " ".join(texts_to(platform, number)))[-1]


async def code_for(browser: Browser, platform: Platform, number: str) -> str:
    """The code that the holder of this number reads on his phone; the one before when it still lives."""
    said = await browser.post("/api/phone-codes", json={"phone": number})
    assert said.status_code == 202 or said.json()["code"] == "code_too_soon", said.text
    return last_code(platform, number)


async def form(browser: Browser, platform: Platform, key: str, **changes: Any) -> dict[str, Any]:
    """What somebody types to add this person, with a code for the phone number in it."""
    person = people()[key]
    typed = {"name": person["name"], "document": person["document"], "phone": person["phone"], "relation": "self"}
    typed |= {"consents": ["bind", "records"], **changes}
    return {"phone_code": await code_for(browser, platform, str(typed["phone"])), **typed}


async def bind(browser: Browser, platform: Platform, key: str, **changes: Any) -> httpx.Response:
    """Add this person on this phone, as its page does."""
    return await browser.post("/api/patients", json=await form(browser, platform, key, **changes))


def guarded_by(patient_id: str) -> dict[str, Any]:
    """The guardian's part of the form for a child."""
    return {
        "patient_id": patient_id,
        "proof_kind": "household_register",
        "proof_number": "HK-12345678",
        "declared": True,
    }
