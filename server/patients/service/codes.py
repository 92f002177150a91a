"""Send a code to a phone and check it; count tries. The tries are limited per phone, account, patient and address."""

from datetime import UTC, datetime

from server import errors
from server.context import App
from server.db import Tx
from server.patients import rules
from server.patients.models import CodeExpired, CodeSent, CodeTooSoon, TooManyToday, WrongCode
from server.patients.store import codes
from server.security import same
from server.values import new_code

_BURST, _BURST_S = 60, 600


async def count(app: App, what: str, whose: str) -> None:
    """Count one try; TooManyToday over the limit of rules.LIMITS. Redis stops a flood, Mongo knows the truth."""
    index = app.security.index("limit", f"{what}:{whose}")
    if await app.cache.count(f"{what}:{index}", _BURST_S) > max(_BURST, rules.LIMITS[what] // 4):
        raise TooManyToday()
    day = int(app.real_now().timestamp()) // rules.DAY_S
    ends = datetime.fromtimestamp((day + 1) * rules.DAY_S, UTC)
    if await codes.count(app, f"{what}:{index}:{day}", ends) > rules.LIMITS[what]:
        raise TooManyToday()


async def send(app: App, *, about: str, phone: str, text: str, account_id: str, address: str) -> CodeSent:
    """Send a new code; the one before it is void. `text` has {code}. CodeTooSoon, TooManyToday, Foreign."""
    await count(app, "codes-of-account", account_id)
    await count(app, "codes-from-address", address)
    now, phone_index = app.real_now(), app.security.index("phone", phone)
    claimed = f"code-again:{phone_index}"
    if not await codes.claim(app, claimed, now, rules.CODE_AGAIN_AFTER):
        raise CodeTooSoon(retry_after_s=int(rules.CODE_AGAIN_AFTER.total_seconds()))
    await count(app, "codes-to-phone", phone)
    code_id, code = app.new_id(), new_code()
    doc = {"_id": code_id, "about": about, "digest": _digest(app, code_id, code), "tries": 0, "used": False}
    await codes.add(app, doc | {"sent_at": now, "expires_at": now + rules.CODE_LASTS})
    try:
        await app.sms.send(code_id, phone, text.format(code=code))
    except errors.Foreign:
        await codes.forget(app, code_id)
        await codes.give_back(app, claimed)
        raise
    return CodeSent(
        expires_in_s=int(rules.CODE_LASTS.total_seconds()), resend_in_s=int(rules.CODE_AGAIN_AFTER.total_seconds())
    )


async def check(app: App, about: str, code: str) -> str:
    """The id of the code that was sent about something if this is it; WrongCode (counted), CodeExpired."""
    newest = await codes.newest(app, about)
    tried = await codes.take_try(app, newest["_id"], app.real_now(), rules.CODE_TRIES) if newest else None
    if tried is None:
        raise CodeExpired()
    if not same(tried["digest"], _digest(app, tried["_id"], code)):
        raise WrongCode(tries_left=rules.CODE_TRIES - tried["tries"])
    await codes.give_try_back(app, tried["_id"])
    return str(tried["_id"])


async def use(app: App, code_id: str, tx: Tx) -> None:
    """Use a code up together with what it allows; CodeExpired when it was used."""
    if not await codes.use(app, code_id, tx):
        raise CodeExpired()


def about_phone(app: App, account_id: str, phone: str) -> str:
    """A code that proves an account holds a phone."""
    return f"phone:{account_id}:{app.security.index('phone', phone)}"


def about_opening(binding_id: str) -> str:
    """A code that opens the records of one binding."""
    return f"opening:{binding_id}"


def _digest(app: App, code_id: str, code: str) -> str:
    return app.security.index("code", f"{code_id}:{code}")
