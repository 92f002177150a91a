"""A new patient's whole visit on her phone: follow, bind, book, pay, check in, be called, read, pay, rate."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Phone
from tests.journeys.hospital import Hospital, people, wait_until

pytestmark = pytest.mark.browser
CHEN = people()["chen"]


@pytest.mark.covers(
    "A9.1", "A9.2", "A9.3", "A10.1", "A10.2", "A10.3", "A11.1", "A11.2", "A11.3", "A12", "A18.1", "N2.7"
)
def test_a_new_patient_follows_binds_books_is_called_reads_her_report_and_rates_the_visit(
    hospital: Hospital, phone_of: Callable[[str], Phone]
) -> None:
    hospital.set_clock(jump="tomorrow 07:00")
    phone = phone_of("chen")
    follow(phone)
    bind(phone)
    clinic = book(phone)
    wait_for_turn(hospital, phone, clinic)
    read_report(hospital, phone, clinic)
    pay_bill(hospital, phone, clinic)
    rate(hospital, phone)


def follow(phone: Phone) -> None:
    """Open the account, follow it, be welcomed."""
    phone.open_chat("account")
    phone.on_phone("follow").click()
    expect(phone.message("欢迎关注随诊示范医院")).to_be_visible()
    phone.on_phone("menu-button").filter(has_text="门诊服务").click()
    phone.picture("phone-chat")
    phone.on_phone("menu-button").filter(has_text="门诊服务").click()


def bind(phone: Phone) -> None:
    """Add herself as patient; the code goes to her phone."""
    phone.choose_menu("个人中心", "我的信息")
    phone.tap("button", "添加就诊人")
    phone.type("姓名", CHEN["name"])
    phone.type("证件号码", CHEN["document"]["number"])
    phone.type("手机号", CHEN["phone"])
    phone.tap("button", "获取验证码")
    phone.sees("验证码已发送")
    phone.type("短信验证码", phone.hospital.code_sent_to(CHEN["phone"]))
    for box in phone.at("checkbox", re.compile("我同意")).all():
        box.click()
    phone.picture("phone-add-patient")
    phone.tap("button", "添加")
    phone.sees("可以查看报告")
    phone.picture("phone-records-open")


def book(phone: Phone) -> dict[str, Any]:
    """Choose department, doctor, day and time; pay; hear of it in the chat."""
    phone.choose_menu("门诊服务", "预约挂号")
    phone.sees("心血管内科")
    phone.picture("phone-departments")
    phone.tap("link", re.compile("心血管内科"))
    phone.tap("button", "看出诊时间")
    day = phone.at("radio", re.compile("明天"))
    day.click()
    phone.picture("phone-timetable")
    phone.at("link", re.compile(r"余 \d+.*¥", re.S)).first.click()
    phone.sees("一个号对应一个时间")
    phone.picture("phone-slots")
    phone.at("button", re.compile(r"第 \d+ 号")).first.click()
    phone.sees("请您留意")
    phone.picture("phone-confirm")
    phone.tap("button", re.compile("去支付"))
    phone.sees("请在时间内完成支付")
    phone.picture("phone-hold")
    phone.tap("button", re.compile("微信支付"))
    phone.pay(picture="phone-pay-sheet")
    phone.sees("挂号成功")
    phone.picture("phone-booked")
    [booked] = wait_until(lambda: phone_api(phone, "/api/appointments"))
    assert booked["status"] == "confirmed"
    return dict(booked)


def wait_for_turn(hospital: Hospital, phone: Phone, booked: dict[str, Any]) -> None:
    """Scan the station's code, see the place in the queue move by itself, be called and seen."""
    hospital.set_clock(at=(datetime.fromisoformat(booked["starts_at"]) - timedelta(minutes=15)).isoformat())
    phone.scan(f"{booked['department_name']}护士站")
    phone.sees("签到成功")
    phone.picture("phone-checked-in")
    phone.tap("button", "看候诊进度")
    phone.sees("实时更新中")
    phone.picture("phone-queue")
    phone.h5.evaluate("window.sameAsBefore = true")
    for _ in range(12):
        queue = hospital.his("call-next", clinic_id=booked["clinic_id"])
        phone.sees(f"{queue['calling']['number']}")
        if queue["calling"]["appointment_id"] == booked["id"]:
            break
    phone.sees(f"请到 {queue['room']} 就诊")
    phone.picture("phone-called")
    hospital.his("finish", clinic_id=booked["clinic_id"])
    phone.sees("已看完")
    assert phone.h5.evaluate("window.sameAsBefore"), "the page was loaded again"
    phone.open_chat("account")
    expect(phone.message("候诊提醒")).to_be_visible()
    phone.picture("phone-soon-message")


def read_report(hospital: Hospital, phone: Phone, booked: dict[str, Any]) -> None:
    """Two blood counts come: the message says only that there is one; the report shows how values moved."""
    his_id = hospital.his_id(CHEN["name"])
    for _ in range(2):
        hospital.set_clock(jump="+15 minutes")
        hospital.his("issue-report", his_id=his_id, doctor_id=booked["doctor_id"], form="cbc")
    phone.follow_message("报告出具通知")
    phone.sees("参考范围")
    phone.picture("phone-report")
    phone.tap("button", re.compile("白细胞.*看变化"))
    expect(phone.at("img", re.compile("白细胞")).first).to_be_visible()
    phone.picture("phone-trend")


def pay_bill(hospital: Hospital, phone: Phone, booked: dict[str, Any]) -> None:
    """The bill of the visit."""
    hospital.his("issue-bill", his_id=hospital.his_id(CHEN["name"]), doctor_id=booked["doctor_id"], form="cbc")
    phone.choose_menu("门诊服务", "门诊缴费")
    phone.picture("phone-bills")
    phone.tap("link", re.compile(booked["doctor_name"]))
    phone.sees("合计")
    phone.picture("phone-bill")
    phone.tap("button", re.compile("微信支付"))
    phone.pay()
    phone.sees("支付成功")
    phone.picture("phone-bill-paid")


def rate(hospital: Hospital, phone: Phone) -> None:
    """An hour after the visit she is asked how it was."""
    hospital.set_clock(jump="+1 hours")
    phone.follow_message("满意度调查邀请")
    phone.sees("这份问卷是谁填的")
    for choice in phone.at("radio", "非常满意").all():
        choice.click()
    phone.picture("phone-survey")
    phone.tap("button", "提交")
    phone.sees("谢谢您")
    phone.picture("phone-thanks")


def phone_api(phone: Phone, path: str) -> list[dict[str, Any]]:
    """What our server tells this phone."""
    return list(phone.h5.evaluate("path => fetch(path).then(r => r.json())", path)["items"])
