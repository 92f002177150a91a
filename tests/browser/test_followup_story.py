"""From the ward to the figures: discharged, asked a week later, a red answer, a nurse who deals with it, the reply."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Console, Phone
from tests.journeys.account import Account
from tests.journeys.hospital import Hospital, people, wait_until

pytestmark = pytest.mark.browser
FATHER = people()["li-guoqiang"]
REPLY = "护士已和您通过电话，请明天上午到骨科门诊看伤口。"
WELL = {
    "总的感觉": "好多了",
    "有伤口吗": "没有伤口",
    "发过烧吗": "否",
    "吃饭怎么样": "好",
    "睡觉怎么样": "好",
    "大小便正常吗": "正常",
    "按医生说的吃": "每天按时吃",
    "以后有不舒服": "否",
    "下次复诊": "已经约好",
    "这次住院": "满意",
}


@pytest.mark.covers("A14.2", "A14.4", "R9", "N7", "R17", "R16", "H3")
def test_a_week_after_the_discharge_the_phone_rings_and_a_red_answer_reaches_a_nurse_and_comes_back_as_a_reply(
    hospital: Hospital, phone_of: Callable[[str], Phone], console_of: Callable[[str], Console]
) -> None:
    with Account(hospital, "li") as daughter:
        patient_id = daughter.bound("li-guoqiang", "parent")
        stays = daughter.get("/api/admissions")["items"]
        stay = next(one for one in stays if one["patient_id"] == patient_id)
    hospital.his("discharge", admission_id=stay["id"])
    phone, console = phone_of("li"), console_of("nurse01")
    due = wait_until(lambda: enrolled(console, patient_id), what="enrolled")
    hospital.set_clock(at=f"{due[:10]}T10:00:00+08:00")

    phone.follow_message("随访提醒")
    phone.sees("这份问卷是谁填的")
    for question, option in WELL.items():
        group = phone.h5.get_by_role("radiogroup", name=re.compile(question))
        group.get_by_role("radio", name=option, exact=True).click()
    pain = phone.h5.get_by_role("radiogroup", name=re.compile("现在有多痛"))
    pain.get_by_role("radio", name=re.compile("^8")).click()
    phone.tap("radio", "家属代填")
    phone.picture("phone-discharge-followup")
    phone.tap("button", "提交")
    phone.sees("我们已经提醒他们")

    console.go("随访预警")
    row = console.page.get_by_role("row").filter(has_text=FATHER["name"])
    expect(row).to_contain_text("疼痛7分或更高")
    console.picture("console-alerts")
    row.get_by_role("button", name="处理").click()
    dialog = console.page.get_by_role("dialog")
    expect(dialog).to_contain_text("138 0000 0002")
    console.picture("console-alert")
    dialog.get_by_text("已打电话", exact=True).click()
    dialog.get_by_role("button", name="我来处理").click()
    dialog.get_by_label("处理结果").fill(REPLY)
    dialog.get_by_role("button", name="处理完了，告诉患者").click()
    expect(dialog).to_contain_text("已处理完")

    phone.follow_message("随访回复通知")
    phone.sees(REPLY)
    phone.picture("phone-followup-reply")

    admin = console_of("admin01")
    said = figures(admin, f"from_on={due[:10]}&to_on={due[:10]}&by=department")
    mine = next(one for one in said["rows"] if one["key"] == "orthopaedics")
    assert [(mine[name]["numerator"], mine[name]["denominator"]) for name in ("visited", "succeeded")] == [(1, 1)] * 2


def enrolled(console: Console, patient_id: str) -> str | None:
    """When the first step of his plan is due."""
    said = console.page.request.get(f"{console.url}/api/staff/enrolments?patient_id={patient_id}")
    assert said.ok, said.text()
    items = said.json()["items"]
    return str(items[0]["due_at"]) if items else None


def figures(console: Console, query: str) -> Any:
    said = console.page.request.get(f"{console.url}/api/staff/figures?{query}")
    assert said.ok, said.text()
    return said.json()
