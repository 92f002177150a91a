"""Plans at the console: a nurse enrols a patient after having seen whom, reads his line; a doctor changes a plan."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Console
from tests.journeys.account import Account
from tests.journeys.hospital import Hospital, people

pytestmark = pytest.mark.browser
WANG = people()["wang"]


@pytest.mark.covers("A14.1", "H3.1")
def test_a_nurse_enrols_a_patient_and_reads_what_comes_when_and_why(
    hospital: Hospital, console_of: Callable[[str], Console]
) -> None:
    with Account(hospital, "wang") as wang:
        wang.bound()
    console = console_of("nurse01")
    console.go("随访中的患者")
    console.page.get_by_role("button", name="纳入患者").click()
    dialog = console.page.get_by_role("dialog", name="纳入随访计划")
    dialog.get_by_role("checkbox").first.check()
    dialog.locator(".plan").first.click()
    console.page.get_by_role("option", name="高血压随访").click()
    dialog.get_by_role("button", name="先看看纳入谁").click()
    expect(dialog.get_by_text("就诊后第 90 天 09:00")).to_be_visible()
    console.picture("console-enrol")
    dialog.get_by_role("button", name=re.compile("确认纳入 1 位")).click()
    console.page.get_by_role("row").filter(has_text="高血压随访").get_by_role("link", name=WANG["name"]).click()
    expect(console.page.get_by_role("heading", level=1)).to_contain_text("高血压随访")
    console.sees("按“都按时回答、没有异常”推算")
    console.picture("console-enrolment")


def test_a_doctor_reads_a_plan_and_begins_a_new_version_of_it(console_of: Callable[[str], Console]) -> None:
    console = console_of("doctor01")
    console.go("随访计划")
    console.page.get_by_role("link", name="高血压随访").click()
    console.sees("就诊后第 90 天 09:00，以后每 90 天一次")
    console.sees("等待医院临床签字")
    console.picture("console-plan")
    console.page.get_by_role("button", name="修改成新版本").click()
    first = console.page.get_by_role("region", name="高血压随访")
    expect(first.get_by_text("答完以后")).to_be_visible()
    console.await_quiet()
    console.picture("console-plan-form")
    console.page.get_by_role("button", name="不改了").click()
    console.page.get_by_role("button", name="临床签字").click()
    console.page.get_by_role("dialog").get_by_role("button", name="签字", exact=True).click()
    console.page.get_by_role("button", name="发布", exact=True).click()
    console.page.get_by_role("dialog").get_by_role("button", name="发布", exact=True).click()
    expect(console.page.get_by_text("使用中")).to_be_visible()
    console.page.get_by_role("button", name="把随访中的患者移到这一版").click()
    expect(console.page.get_by_role("dialog").get_by_text("位在其他版本上")).to_be_visible()
    console.page.get_by_role("button", name="先不移").click()
