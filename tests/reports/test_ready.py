"""A report comes, is corrected, is withdrawn: what the phone then shows, and who is told what."""

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest

from server.context import App, Event
from server.directory import service as directory
from server.integration import his_feed
from server.reports import service as reports
from tests.conftest import Browser, TestClock
from tests.patients.people import bind

ZHANG = "P900001"


@pytest.fixture
async def zhang(phone_of: Any, platform: Any, app: App, worker_step: Any) -> Browser:
    """His phone; he follows the account, his records are open and copied."""
    phone = await phone_of("zhang")
    await platform.act("zhang", "follow")
    await directory.refresh(app, days=0)
    await bind(phone, platform, "zhang")
    await hear(app, worker_step)
    return phone


async def hear(app: App, worker_step: Any) -> None:
    await his_feed.poll(app)
    await worker_step()


async def told(platform: Any) -> list[str]:
    return [str(m) for m in await platform.see("zhang", "messages") if "报告出具" in str(m)]


@pytest.mark.covers("A10.3")
async def test_a_report_that_comes_is_told_without_any_content_and_can_be_read(
    zhang: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    before = len(await told(platform))
    report = await platform.his("issue-report", his_id=ZHANG, form="glucose", doctor_id="cardiology-3")
    await hear(app, worker_step)
    news = (await told(platform))[before:]
    assert len(news) == 1
    assert "检验报告" in news[0]
    assert "张**" in news[0]
    assert not [w for w in ("血糖", "GLU", "张建国", report["items"][0]["value"]) if w in news[0]]
    assert f"/h5/pages/reports/detail?id={report['id']}" in unquote(news[0])
    assert (await zhang.get(f"/api/reports/{report['id']}")).status_code == 200
    await hear(app, worker_step)
    await reports.take_report(app, Event("e", "his.report.final", {"his_id": ZHANG}, app.now()))
    await worker_step()
    assert len(await told(platform)) == before + 1


@pytest.mark.covers("A10.3")
async def test_opening_the_records_tells_only_of_what_is_fresh(zhang: Browser, platform: Any, app: App) -> None:
    events = [doc["data"] async for doc in app.db["events"].find({"type": "reports.ready"})]
    listed = (await zhang.get("/api/reports")).json()["items"]
    fresh = {r["id"] for r in listed if r["reported_at"] >= "2026-11-24T08:30"}
    assert {data["report_id"] for data in events} == fresh
    assert 0 < len(fresh) < len(listed)
    assert len(await told(platform)) == len(fresh)


async def test_a_report_of_the_time_when_the_his_was_away_is_told_days_later(
    zhang: Browser, platform: Any, app: App, worker_step: Any, clock: TestClock
) -> None:
    before = len(await told(platform))
    await platform.his("issue-report", his_id=ZHANG, form="cbc")
    clock.advance(days=3)
    await hear(app, worker_step)
    assert len(await told(platform)) == before + 1


@pytest.mark.covers("A10.1", "A10.3")
async def test_a_corrected_report_replaces_the_old_one_and_is_told_again(
    zhang: Browser, platform: Any, app: App, worker_step: Any, clock: TestClock
) -> None:
    report = await platform.his("issue-report", his_id=ZHANG, form="glucose")
    await hear(app, worker_step)
    before = len(await told(platform))
    clock.advance(hours=2)
    corrected = await platform.his("correct-report", report_id=report["id"])
    await hear(app, worker_step)
    shown = (await zhang.get(f"/api/reports/{report['id']}")).json()
    assert (shown["status"], shown["version"]) == ("corrected", 2)
    assert shown["items"][0]["value"] == corrected["items"][0]["value"]
    news = (await told(platform))[before:]
    assert len(news) == 1
    assert "已更正" in news[0]
    assert await app.db["reports"].count_documents({"_id": report["id"]}) == 1


@pytest.mark.covers("A10.1")
async def test_a_withdrawn_report_disappears_from_list_trend_and_phone(
    zhang: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    report = await platform.his("issue-report", his_id=ZHANG, form="glucose")
    await hear(app, worker_step)
    before = len(await told(platform))
    older = next(
        r for r in (await zhang.get("/api/reports")).json()["items"] if "血糖" in r["title"] and r["id"] != report["id"]
    )
    trend = f"/api/reports/{older['id']}/trend?code=GLU"
    assert len((await zhang.get(trend)).json()["points"]) == 4
    await platform.his("withdraw-report", report_id=report["id"])
    await hear(app, worker_step)
    assert (await zhang.get(f"/api/reports/{report['id']}")).status_code == 404
    assert report["id"] not in {r["id"] for r in (await zhang.get("/api/reports")).json()["items"]}
    assert len((await zhang.get(trend)).json()["points"]) == 3
    assert len(await told(platform)) == before


async def test_a_withdrawal_before_anybody_was_told_tells_nobody(
    zhang: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    before = len(await told(platform))
    report = await platform.his("issue-report", his_id=ZHANG, form="cbc")
    await reports.take_report(app, Event("e", "his.report.final", {"his_id": ZHANG}, app.now()))
    await platform.his("withdraw-report", report_id=report["id"])
    await reports.take_report(app, Event("e", "his.report.withdrawn", {"his_id": ZHANG}, app.now()))
    await worker_step()
    assert len(await told(platform)) == before


async def test_an_old_answer_of_the_his_that_comes_late_does_not_bring_a_withdrawn_report_back(
    zhang: Browser, platform: Any, app: App, worker_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await platform.his("issue-report", his_id=ZHANG, form="cbc")
    old_answer = await app.his.reports(ZHANG)
    await platform.his("withdraw-report", report_id=report["id"])
    await hear(app, worker_step)

    async def late(self: Any, his_id: str) -> Any:
        return old_answer

    monkeypatch.setattr(type(app.his), "reports", late)
    await reports.take_report(app, Event("e", "his.report.final", {"his_id": ZHANG}, app.now()))
    assert (await zhang.get(f"/api/reports/{report['id']}")).status_code == 404


async def test_copying_at_once_keeps_one_and_tells_once(
    zhang: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    before = len(await told(platform))
    await platform.his("issue-report", his_id=ZHANG, form="cbc")
    event = Event("e", "his.report.final", {"his_id": ZHANG}, app.now())
    await asyncio.gather(*(reports.take_report(app, event) for _ in range(6)))
    await worker_step()
    assert len(await told(platform)) == before + 1


async def test_a_sensitive_report_is_told_as_any_other(
    zhang: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    before = len(await told(platform))
    await platform.his("issue-report", his_id=ZHANG, form="hiv")
    await hear(app, worker_step)
    news = (await told(platform))[before:]
    assert len(news) == 1
    assert "检验报告" in news[0]
    assert "免疫" not in news[0]


async def test_reports_of_people_we_do_not_know_are_left_alone(platform: Any, app: App, worker_step: Any) -> None:
    await platform.his("issue-report", his_id="P900005", form="cbc")
    await hear(app, worker_step)
    assert await app.db["reports"].count_documents({}) == 0
