"""The way of every declared request: what is broken, unknown, too big or repeated, and what a fault may say."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from handlers.base import ApiHandler, http_status
from handlers.endpoint import declared, endpoint, route
from server import errors
from server.context import App
from server.patients import service as patients
from server.staff.models import NewMember
from tests.conftest import Browser

NEW = {"username": "sun.na", "password": "a-Strong-1-password", "name": "孙娜", "roles": ["desk"]}
JSON = {"Content-Type": "application/json"}


def said(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Every refusal has a code, a Chinese sentence, details, and the hospital's time."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert set(body) == {"code", "message", "details"}
    assert body["message"].endswith("。")
    assert answer.headers["Suizhen-Now"].startswith("2026-11-25T08:30:00")
    assert "Server" not in answer.headers
    return dict(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"phone": 1}',
        b'{"phone": "13800000001", "admin": true}',
        b"[" * 50_000,
        '{"phone": "13800000001"}'.encode("utf-16"),
        b'{"phone": "\xff"}',
    ],
    ids=["empty", "broken", "list", "null", "type", "unknown field", "deep", "utf-16", "no utf-8"],
)
async def test_a_body_that_is_not_what_was_declared_is_refused(
    phone_of: Any, app: App, platform: Any, body: bytes
) -> None:
    phone = await phone_of("zhang")
    refused = said(await phone.post("/api/phone-codes", content=body, headers=JSON), 400, "invalid")
    assert "13800000001" not in json.dumps(refused)  # names of fields, never their values
    assert await app.db["phone_codes"].count_documents({}) == 0


async def test_a_form_is_not_json(phone_of: Any) -> None:
    phone = await phone_of("zhang")
    said(await phone.post("/api/phone-codes", data={"phone": "13800000001"}), 400, "invalid")


async def test_a_body_over_a_megabyte_is_too_large(phone_of: Any, app: App) -> None:
    phone = await phone_of("zhang")
    said(await phone.post("/api/phone-codes", content=b" " * 1_100_000, headers=JSON), 413, "too_large")
    padded = b" " * 1_000_000 + b'{"phone": "13800000001"}'
    assert (await phone.post("/api/phone-codes", content=padded, headers=JSON)).status_code == 202


async def test_a_body_beyond_all_measure_is_cut_off_and_the_next_request_is_served(phone_of: Any, app: App) -> None:
    phone = await phone_of("zhang")
    try:
        refused = await phone.post("/api/phone-codes", content=b" " * 20_000_000, headers=JSON)
        assert refused.status_code in (400, 413)
    except httpx.TransportError:
        pass  # the connection was closed while we were still sending
    assert (await phone.get("/api/patients")).status_code == 200


async def test_a_query_is_checked_like_a_body(console_of: Any) -> None:
    doctor = await console_of("doctor")
    for query in ("?scope=everything", "?who=me", f"?next={'a' * 65}", "?q=a-name-does-not-belong-here"):
        said(await doctor.get(f"/api/staff/patients{query}"), 400, "invalid")
    said(await doctor.get("/api/staff/patients?next=%ff"), 400, "bad_request")
    said(await doctor.post("/api/staff/patients/search", json={"q": "a" * 41}), 400, "invalid")


@pytest.mark.parametrize("patient", ["%00", "a%20b", "x" * 65, "..%2f..%2fetc", "%24where"])
async def test_an_id_is_checked_before_anybody_looks_for_it(phone_of: Any, patient: str) -> None:
    phone = await phone_of("zhang")
    said(await phone.put(f"/api/patients/{patient}/active"), 400, "invalid")


async def test_what_is_not_there_and_what_cannot_be_done_have_their_codes(client: Browser) -> None:
    said(await client.get("/api/nothing"), 404, "not_found")
    said(await client.get("/nothing/at/all"), 404, "not_found")
    said(await client.patch("/api/patients"), 405, "method_not_allowed")
    said(await client.post("/api/me"), 405, "method_not_allowed")


async def test_who_is_nobody_is_refused_before_his_body_is_read(client: Browser) -> None:
    said(await client.post("/api/phone-codes", content=b"{", headers=JSON), 401, "unauthenticated")


async def test_a_fault_says_nothing_of_our_insides(
    phone_of: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret of 张建国 13800000001")

    phone = await phone_of("zhang")
    monkeypatch.setattr(patients, "mine", fail)
    answer = await phone.get("/api/patients")
    said(answer, 500, "fault")
    logged = "".join(capsys.readouterr())
    for text in (answer.text, logged):
        assert "secret" not in text
        assert "13800000001" not in text
        assert "Traceback" not in text
    assert "RuntimeError" in logged
    assert "test_endpoint.py" in logged


async def test_answers_are_neither_kept_nor_guessed_nor_framed(phone_of: Any) -> None:
    headers = (await (await phone_of("zhang")).get("/api/me")).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


# --- the same POST again -------------------------------------------------------------------------


async def test_a_repeated_post_gets_the_first_answer_and_acts_once(console_of: Any, app: App) -> None:
    admin = await console_of("admin")
    key = {"Idempotency-Key": "0123456789"}
    first = await admin.post("/api/staff/members", json=NEW, headers=key)
    again = await admin.post("/api/staff/members", json=NEW, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert await app.db["staff"].count_documents({"username": "sun.na"}) == 1
    other = await admin.post("/api/staff/members", json=NEW, headers={"Idempotency-Key": "9876543210"})
    assert other.json()["code"] == "username_taken"


async def test_one_key_is_for_one_content(console_of: Any) -> None:
    admin = await console_of("admin")
    key = {"Idempotency-Key": "0123456789"}
    await admin.post("/api/staff/members", json=NEW, headers=key)
    said(
        await admin.post("/api/staff/members", json=NEW | {"name": "孙丽"}, headers=key), 409, "idempotency_key_reused"
    )


async def test_a_key_belongs_to_one_person(console_of: Any) -> None:
    first, second = await console_of("admin"), await console_of("admin")
    key = {"Idempotency-Key": "0123456789"}
    assert (await first.post("/api/staff/members", json=NEW, headers=key)).status_code == 201
    said(await second.post("/api/staff/members", json=NEW, headers=key), 409, "username_taken")


async def test_while_the_first_is_running_the_second_is_told_to_wait(console_of: Any, app: App, clock: Any) -> None:
    admin = await console_of("admin")
    answers = await asyncio.gather(
        *(admin.post("/api/staff/members", json=NEW, headers={"Idempotency-Key": "0123456789"}) for _ in range(6))
    )
    codes = [a.json().get("code", "made") for a in answers]
    assert "made" in codes
    assert set(codes) <= {"made", "still_running"}
    assert await app.db["staff"].count_documents({"username": "sun.na"}) == 1


async def test_a_request_that_died_does_not_block_its_key_for_ever(console_of: Any, app: App, clock: Any) -> None:
    admin = await console_of("admin")
    key = {"Idempotency-Key": "0123456789"}
    await admin.post("/api/staff/members", json=NEW, headers=key)
    await app.db["replies"].update_one({}, {"$set": {"status": 0}})  # as if the process had died before answering
    await app.db["staff"].delete_one({"username": "sun.na"})
    said(await admin.post("/api/staff/members", json=NEW, headers=key), 409, "still_running")
    clock.advance(seconds=61)
    assert (await admin.post("/api/staff/members", json=NEW, headers=key)).status_code == 201


async def test_a_refused_post_may_be_sent_again_and_a_strange_key_is_refused(console_of: Any) -> None:
    admin = await console_of("admin")
    key = {"Idempotency-Key": "0123456789"}
    weak = NEW | {"password": "short"}
    for _ in range(2):
        assert (await admin.post("/api/staff/members", json=weak, headers=key)).json()["code"] == "weak_password"
    for strange in ("short", "x" * 65):
        headers = {"Idempotency-Key": strange}
        said(await admin.post("/api/staff/members", json=NEW, headers=headers), 400, "invalid")


# --- the declaration itself ----------------------------------------------------------------------


def test_a_method_without_a_docstring_cannot_be_declared() -> None:
    async def get(self: Any) -> None: ...

    with pytest.raises(TypeError, match="docstring"):
        endpoint(scope=None)(get)


def test_a_declaration_says_what_comes_in_and_goes_out() -> None:
    class Example(ApiHandler):
        @endpoint(scope="staff.manage", status=201, refusals=(errors.Conflict,))
        async def post(self, body: NewMember, member_id: str) -> NewMember:
            """Do it."""
            return body

    ((method, given),) = declared(Example)
    assert (method, given.scope, given.status, given.summary) == ("post", "staff.manage", 201, "Do it.")
    assert given.body is NewMember
    assert list(given.path) == ["member_id"]
    assert given.query is None
    pattern, handler, template = route("/api/x/{member_id}/y", Example)
    assert pattern == "/api/x/(?P<member_id>[^/]+)/y"
    assert handler is Example
    assert template == {"template": "/api/x/{member_id}/y"}


def test_every_kind_of_refusal_has_one_http_status() -> None:
    class Deep(errors.NotFound):
        code = "deep"

    assert http_status(Deep) == 404
    assert http_status(errors.Foreign) == 503
    assert http_status(errors.NotGenuine) == 403


def test_every_refusal_that_people_meet_has_its_own_code_and_a_sentence() -> None:
    def all_below(kind: type[errors.Refusal]) -> list[type[errors.Refusal]]:
        return [kind, *(deeper for sub in kind.__subclasses__() for deeper in all_below(sub))]

    import handlers

    handled = [given for each in handlers.ROUTES for _, given in declared(each[1])]
    promised = {kind for given in handled for kind in given.refusals}
    assert all("code" in vars(kind) for kind in promised)
    ours = [k for k in all_below(errors.Refusal) if "code" in vars(k) and k.__module__.startswith("server.")]
    codes = [k.code for k in ours]
    assert len(set(codes)) == len(codes), sorted(c for c in codes if codes.count(c) > 1)
    for kind in ours:
        assert kind.message.endswith("。"), kind


async def test_an_undeclared_refusal_or_a_wrong_output_fails_in_tests(app: App, strict: None) -> None:
    class Out(BaseModel):
        n: int

    from pydantic import TypeAdapter, ValidationError

    handler = ApiHandler.__new__(ApiHandler)
    with pytest.raises(ValidationError):
        handler.write_out(TypeAdapter(Out), {"n": "many"})
    assert handler.write_out(TypeAdapter(Out), Out(n=1)) == b'{"n":1}'
