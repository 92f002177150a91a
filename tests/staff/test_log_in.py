"""Staff log in, are locked out, change their password, are managed; what each role may do."""

import asyncio
from typing import Any

import pytest

from server.context import SYSTEM, App
from server.staff import rules, service
from server.staff.models import NewMember, WeakPassword
from tests.conftest import Browser, Console

PASSWORD = "a-Strong-1-password"


async def member(app: App, username: str = "wang.li", *roles: str, must_change: bool = False) -> str:
    new = NewMember.model_validate(
        {"username": username, "password": PASSWORD, "name": "样例", "roles": list(roles) or ["doctor"]}
    )
    return (await service.add_member(app, new, by=SYSTEM, must_change=must_change)).id


async def log_in(browser: Browser, username: str = "wang.li", password: str = PASSWORD) -> Any:
    return await browser.post("/api/staff/session", json={"username": username, "password": password})


@pytest.fixture
async def console(web: str) -> Any:
    async with Console(base_url=web, timeout=30) as browser:
        yield browser


async def test_the_right_password_opens_a_session_and_shows_what_one_may_do(console: Console, app: App) -> None:
    await member(app, "wang.li", "nurse")
    said = await log_in(console, " WANG.LI ")
    assert said.status_code == 200
    assert said.json()["roles"] == ["nurse"]
    assert "followups.send" in said.json()["scopes"]
    assert "staff.manage" not in said.json()["scopes"]
    assert "password" not in said.text.replace("must_change_password", "")
    assert (await console.get("/api/staff/session")).json()["username"] == "wang.li"
    assert await app.db["audit"].count_documents({"action": "staff.log_in"}) == 1


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(console: Console, app: App) -> None:
    await member(app)
    wrong, unknown = await log_in(console, password="a-Wrong-1-password"), await log_in(console, "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong_password"
    assert "sz_staff" not in console.cookies
    assert await app.db["audit"].count_documents({"action": "staff.login_refused"}) == 2


async def test_five_wrong_tries_lock_the_name_even_for_the_right_password(console: Console, app: App) -> None:
    await member(app)
    for _ in range(5):
        assert (await log_in(console, password="a-Wrong-1-password")).status_code == 401
    said = await log_in(console)
    assert (said.status_code, said.json()["code"]) == (429, "locked")
    await member(app, "zhao.min")
    assert (await log_in(console, "zhao.min")).status_code == 200  # only that name is locked


async def test_a_right_password_forgets_the_wrong_tries_before_it(console: Console, app: App) -> None:
    await member(app)
    for _ in range(3):
        for _ in range(4):
            await log_in(console, password="a-Wrong-1-password")
        assert (await log_in(console)).status_code == 200


async def test_with_a_first_password_one_can_only_change_it(console: Console, app: App) -> None:
    await member(app, must_change=True)
    said = await log_in(console)
    assert said.status_code == 200
    assert said.json()["must_change_password"]
    assert (await console.get("/api/staff/patients")).status_code == 403
    for old, new, code in (
        ("a-Wrong-1-password", "another-1-Password", "wrong_password"),
        (PASSWORD, "short1", "weak_password"),
        (PASSWORD, "nodigitsatall", "weak_password"),
        (PASSWORD, "1234567890123", "weak_password"),
        (PASSWORD, "my-wang.li-12345", "weak_password"),
    ):
        refused = await console.put("/api/staff/password", json={"old": old, "new": new})
        assert refused.json()["code"] == code
    changed = await console.put("/api/staff/password", json={"old": PASSWORD, "new": "another-1-Password"})
    assert changed.status_code == 204
    assert (await console.get("/api/staff/session")).status_code == 401  # every session ended
    assert (await log_in(console)).status_code == 401
    assert (await log_in(console, password="another-1-Password")).status_code == 200
    assert (await console.get("/api/staff/patients")).status_code == 200


async def test_logging_out_ends_the_session_on_the_server(console: Console, app: App) -> None:
    await member(app)
    await log_in(console)
    token = console.cookies["sz_staff"]
    assert (await console.delete("/api/staff/session")).status_code == 204
    gone = await console.get("/api/staff/session", headers={"Cookie": f"sz_staff={token}"})
    assert gone.status_code == 401


async def test_a_session_ends_after_an_hour_of_rest_and_twelve_hours_of_work(
    console: Console, app: App, clock: Any
) -> None:
    await member(app)
    await log_in(console)
    clock.advance(minutes=61)
    assert (await console.get("/api/staff/session")).status_code == 401
    await log_in(console)
    for _ in range(14):
        clock.advance(minutes=50)
        assert (await console.get("/api/staff/session")).status_code == 200
    clock.advance(minutes=50)
    assert (await console.get("/api/staff/session")).status_code == 401


async def test_a_change_needs_the_xsrf_token_and_a_patients_one_does_not_do(console: Console, app: App) -> None:
    await member(app)
    await log_in(console)
    for token in ("", "wrong"):
        said = await console.delete("/api/staff/session", headers={"X-Xsrf-Token": token})
        assert (said.status_code, said.json()["code"]) == (403, "bad_xsrf")
    assert (await console.delete("/api/staff/session")).status_code == 204


async def test_staff_cannot_use_a_bearer_token(console: Console, app: App) -> None:
    await member(app)
    await log_in(console)
    token = console.cookies["sz_staff"]
    console.cookies.clear()
    said = await console.get("/api/staff/session", headers={"Authorization": f"Bearer {token}"})
    assert said.status_code == 401


async def test_who_is_disabled_or_loses_a_role_is_out_at_once(console_of: Any, app: App) -> None:
    admin, doctor = await console_of("admin"), await console_of("doctor")
    assert (await doctor.get("/api/staff/patients")).status_code == 200
    path = f"/api/staff/members/{doctor.member_id}"
    assert (await admin.put(path, json={"roles": ["editor"]})).status_code == 200
    assert (await doctor.get("/api/staff/session")).status_code == 401
    again = await log_in(doctor, "doctor1")
    assert again.json()["roles"] == ["editor"]
    assert (await doctor.get("/api/staff/patients")).status_code == 403
    assert (await admin.put(path, json={"disabled": True})).status_code == 200
    assert (await doctor.get("/api/staff/session")).status_code == 401
    assert (await log_in(doctor, "doctor1")).status_code in (401, 403)
    assert await app.db["audit"].count_documents({"action": "staff.change", "actor_id": admin.member_id}) == 2


async def test_one_administrator_always_stays(console_of: Any) -> None:
    admin = await console_of("admin")
    path = f"/api/staff/members/{admin.member_id}"
    for change in ({"roles": ["editor"]}, {"disabled": True}):
        said = await admin.put(path, json=change)
        assert (said.status_code, said.json()["code"]) == (409, "last_admin")
    second = await console_of("admin")
    assert (await second.put(path, json={"disabled": True})).status_code == 200
    said = await second.put(f"/api/staff/members/{second.member_id}", json={"roles": ["desk"]})
    assert said.json()["code"] == "last_admin"  # a disabled one does not count


async def test_two_administrators_who_take_the_right_from_each_other_at_once_leave_one(
    console_of: Any, app: App
) -> None:
    one, other = await console_of("admin"), await console_of("admin")
    said = await asyncio.gather(
        one.put(f"/api/staff/members/{other.member_id}", json={"roles": ["editor"]}),
        other.put(f"/api/staff/members/{one.member_id}", json={"roles": ["editor"]}),
    )
    assert sorted(answer.status_code for answer in said) == [200, 409]
    assert await app.db["staff"].count_documents({"roles": "admin", "disabled": False}) == 1


async def test_members_are_added_once_with_a_first_password(console_of: Any) -> None:
    admin = await console_of("admin")
    new = {"username": "sun.na", "password": PASSWORD, "name": "孙娜", "roles": ["desk"]}
    said = await admin.post("/api/staff/members", json=new)
    assert said.status_code == 201
    assert said.json()["must_change_password"]
    again = await admin.post("/api/staff/members", json=new)
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    for wrong in ({"username": "Sun Na"}, {"roles": []}, {"roles": ["king"]}, {"name": ""}):
        said = await admin.post("/api/staff/members", json=new | {"username": "sun.li"} | wrong)
        assert said.status_code == 400
    assert len((await admin.get("/api/staff/members")).json()["items"]) == 2
    assert (await admin.put(f"/api/staff/members/{'0' * 24}", json={"name": "无"})).status_code == 404


@pytest.mark.parametrize("role", ["doctor", "nurse", "desk", "editor"])
async def test_only_an_administrator_manages_members(console_of: Any, role: str) -> None:
    console = await console_of(role)
    assert (await console.get("/api/staff/members")).status_code == 403
    new = {"username": "sun.na", "password": PASSWORD, "name": "孙娜", "roles": ["admin"]}
    assert (await console.post("/api/staff/members", json=new)).status_code == 403
    path = f"/api/staff/members/{console.member_id}"
    assert (await console.put(path, json={"roles": ["admin"]})).status_code == 403


@pytest.mark.covers("R30")
def test_what_each_role_may_do_is_one_table() -> None:
    clinical = {"reports.read", "followups.read", "followups.send"}
    assert clinical <= rules.SCOPES["doctor"]
    assert "reports.read" not in rules.SCOPES["nurse"]
    for role in ("admin", "desk", "editor"):
        assert not clinical & rules.SCOPES[role], f"{role} would see clinical content"
    assert "patients.read" not in rules.SCOPES["admin"] | rules.SCOPES["editor"]
    assert [role for role, scopes in rules.SCOPES.items() if "openings.confirm" in scopes] == ["desk"]
    assert rules.scopes_of(["doctor", "editor"]) == rules.SCOPES["doctor"] | rules.SCOPES["editor"]
    assert rules.scopes_of([]) == frozenset()


@pytest.mark.parametrize("password", ["", "abc123", "abcdefghij", "0123456789", "x-wang.li-9"])
def test_a_weak_password_is_refused(password: str) -> None:
    rules.check_password_strength("wang.li", PASSWORD)
    with pytest.raises(WeakPassword):
        rules.check_password_strength("wang.li", password)


async def test_the_lock_holds_when_redis_has_forgotten(console: Console, app: App) -> None:
    await member(app)
    for _ in range(5):
        await log_in(console, password="a-Wrong-1-password")
    await app.cache.redis.flushdb()
    assert (await log_in(console)).json()["code"] == "locked"
