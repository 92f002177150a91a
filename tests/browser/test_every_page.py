"""Every page once, with something on it: it opens, asks nothing of strangers, keeps nobody out, in large type too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Console, Phone
from tests.journeys.account import Account
from tests.journeys.hospital import Hospital, wait_until

pytestmark = pytest.mark.browser
LARGE = ("home/index", "departments/index", "booking/slots", "reports/detail", "bills/index", "me/index")
CONSOLE = {
    "admin01": ["概览", "菜单", "场景二维码", "消息记录", "HIS 回写", "成员", "问卷", "随访统计"],
    "nurse01": [
        "患者",
        "预约",
        "电话任务",
        "今日随访",
        "随访预警",
        "随访与回答",
        "发送随访",
        "随访中的患者",
        "随访计划",
    ],
    "desk01": ["患者", "预约", "窗口核验", "电话任务"],
    "finance01": ["概览", "收款与退款", "每日对账"],
    "editor01": ["概览", "文章"],
}


def pages_of(account: Account, patient_id: str) -> dict[str, str]:
    """Page and query of everything that this account can open."""
    department = account.get("/api/departments")["items"][0]
    booked = account.book_late(patient_id, department_id=department["id"])
    slot = account.free_slots(booked["clinic_id"])[0]
    report = next(r for r in account.get("/api/reports")["items"] if not r["held"])
    bill = account.get("/api/bills?status=paid")["items"][0]
    article = wait_until(lambda: account.get("/api/articles")["items"], what="the samples are published")[0]
    clinic_and_slot = f"clinic_id={booked['clinic_id']}&slot_id={slot['id']}"
    return {
        "home/index": "",
        "hospital/index": "",
        "patients/index": "",
        "patients/detail": f"id={patient_id}",
        "patients/add": "",
        "departments/index": "",
        "departments/detail": f"id={department['id']}",
        "doctors/index": "",
        "doctors/detail": f"id={booked['doctor_id']}",
        "timetable/index": f"department_id={department['id']}",
        "booking/slots": f"clinic_id={booked['clinic_id']}",
        "booking/confirm": clinic_and_slot,
        "booking/pay": f"id={booked['id']}",
        "appointments/index": "",
        "appointments/detail": f"id={booked['id']}",
        "check-in/index": "",
        "queue/index": "",
        "reports/index": "",
        "reports/detail": f"id={report['id']}",
        "bills/index": "status=paid",
        "bills/detail": f"id={bill['id']}",
        "orders/index": "",
        "tasks/index": "",
        "articles/index": "",
        "articles/detail": f"id={article['id']}",
        "me/index": "",
        "me/consents": "",
        "sorry/index": "why=session",
    }


@pytest.mark.covers("N17.1")
def test_every_page_of_the_patient_opens_and_keeps_nobody_out(
    hospital: Hospital, phone_of: Callable[[str], Phone]
) -> None:
    with Account(hospital, "zhang") as account:
        pages = pages_of(account, account.bound())
        phone = phone_of("zhang")
        phone.choose_menu("个人中心", "医院首页")
        for page, query in pages.items():
            phone.turn_to(page, query)
            phone.picture(f"page-{page.replace('/index', '').replace('/', '-')}")
        account.do("PUT", "/api/me/preferences", {"large_type": True})
        for page in LARGE:
            phone.turn_to(page, pages[page])
            phone.picture(f"large-{page.replace('/index', '').replace('/', '-')}")
        account.do("PUT", "/api/me/preferences", {"large_type": False})


@pytest.mark.covers("A13.2", "A13.3")
def test_a_daughter_sees_her_fathers_stay_in_hospital(hospital: Hospital, phone_of: Callable[[str], Phone]) -> None:
    with Account(hospital, "li") as account:
        account.bound()
        father = account.bound("li-guoqiang", relation="parent")
        account.do("PUT", f"/api/patients/{father}/active")
        stay = account.get("/api/admissions")["items"][0]
    phone = phone_of("li")
    phone.choose_menu("住院服务", "一日清单")
    phone.sees("余额")
    phone.picture("page-inpatient")
    phone.turn_to("inpatient/daily", f"id={stay['id']}")
    phone.sees("普通病房床位费")
    phone.picture("page-inpatient-daily")
    phone.turn_to("inpatient/deposit", f"id={stay['id']}")
    phone.picture("page-inpatient-deposit")


@pytest.mark.parametrize("member", CONSOLE)
def test_every_page_of_the_console_opens_and_keeps_nobody_out(
    hospital: Hospital, console_of: Callable[[str], Console], member: str
) -> None:
    console = console_of(member)
    for link in CONSOLE[member]:
        console.go(link)
        expect(console.page.get_by_role("heading", level=1)).to_contain_text("好，" if link == "概览" else link)
        console.await_quiet()
        console.picture(f"console-{member}-{CONSOLE[member].index(link)}")


@pytest.mark.covers("N2.7")
def test_the_platforms_view_shows_what_wechat_and_the_hospital_did(
    hospital: Hospital, phone_of: Callable[[str], Phone]
) -> None:
    phone = phone_of("zhang")
    phone.visit.show(1440, 900)
    phone.page.goto(f"{hospital.sandbox}/sandbox/platform")
    expect(phone.page.get_by_role("heading").first).to_be_visible()
    phone.visit.await_quiet()
    phone.picture("platform")
    phone.page.goto(f"{hospital.url}/api/docs")
    phone.picture("api-docs")
