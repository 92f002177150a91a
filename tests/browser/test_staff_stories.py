"""What staff do at the console, and what arrives on the phones."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.drawing import cover_picture
from tests.browser.pages import Console, Phone
from tests.journeys.account import Account
from tests.journeys.hospital import Hospital, people

pytestmark = pytest.mark.browser
PHQ_9 = "心情自评（PHQ-9）"
ZHANG, WANG = people()["zhang"], people()["wang"]
DOCTOR = "cardiology-2"  # doctor01


@pytest.mark.covers("A14.1", "A14.2", "A14.3", "A14.4")
def test_a_doctor_sends_a_follow_up_and_reads_an_answer_that_raises_a_red_flag(
    hospital: Hospital, phone_of: Callable[[str], Phone], console_of: Callable[[str], Console]
) -> None:
    with Account(hospital, "zhang") as zhang:
        patient_id = zhang.bound()
        zhang.pay(zhang.book_late(patient_id, doctor_id=DOCTOR))
    phone, console = phone_of("zhang"), console_of("doctor01")
    console.await_quiet()
    console.picture("console-overview")

    console.go("患者")
    console.page.get_by_label("查找患者").fill(ZHANG["name"])
    console.page.get_by_role("button", name="查找").click()
    console.page.get_by_role("link", name=ZHANG["name"]).click()
    console.sees("与我的关系")
    console.picture("console-patient")
    console.page.get_by_role("link", name="发送随访").last.click()
    console.page.get_by_role("radio", name=re.compile(re.escape(PHQ_9))).check()
    console.sees("完全没有")
    console.picture("console-send-followup")
    console.page.get_by_role("button", name="发给 1 位患者").click()
    console.page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
    console.sees("已为 1 位患者建立随访")

    phone.follow_message("随访提醒")
    phone.sees("这份问卷是谁填的")
    questions = phone.h5.get_by_role("radiogroup").filter(has_text="几乎每天", visible=True)
    expect(questions).to_have_count(9)
    for number in range(9):
        questions.nth(number).get_by_role("radio").nth(2 if number < 8 else 1).click()
    phone.picture("phone-followup")
    phone.tap("button", "提交")
    phone.sees("谢谢您")
    phone.picture("phone-followup-thanks")

    console.go("随访与回答")
    console.page.get_by_role("link", name=PHQ_9).first.click()
    console.sees("请尽快处理")
    console.sees("有不如死掉或伤害自己的念头")
    console.sees("中重度")
    console.picture("console-followup")


@pytest.mark.covers("A15.8", "N2.2")
def test_an_editor_previews_an_article_on_one_phone_sends_it_to_all_and_publishes_another_quietly(
    hospital: Hospital, phone_of: Callable[[str], Phone], console_of: Callable[[str], Console]
) -> None:
    with Account(hospital, "zhang") as zhang, Account(hospital, "li"):  # who has opened our pages is known
        number = zhang.get("/api/me")["account_id"][-4:]
    console = console_of("editor01")
    phone, other = phone_of("zhang"), phone_of("li")
    phone.open_chat("account")
    other.open_chat("account")

    write_article(console, "冬天血压高，怎么办", "早上起床慢一点，天冷多穿一件。每天量血压，按时吃药。")
    console.picture("console-article")
    console.page.get_by_role("button", name="发到一部手机预览").click()
    console.page.get_by_role("radio", name=re.compile(rf"\*{number}\b")).check()
    console.picture("console-preview")
    console.page.get_by_role("button", name="发到这部手机").click()
    expect(phone.message("冬天血压高，怎么办")).to_contain_text("预览")
    expect(other.message("冬天血压高，怎么办")).to_have_count(0)

    console.page.get_by_role("button", name="群发…").click()
    console.page.get_by_role("button", name="下一步").click()
    console.page.get_by_text(re.compile("我已看过预览")).click()
    console.picture("console-mass-send")
    console.page.get_by_role("button", name=re.compile("确认群发给")).click()
    expect(other.message("冬天血压高，怎么办")).to_be_visible()
    expect(phone.on_phone("message").filter(has_text="冬天血压高，怎么办")).to_have_count(2)
    other.picture("phone-article-message")

    write_article(console, "怎样看懂血常规报告", "报告上的箭头表示高或低。一项高低不一定是病，请问医生。")
    console.page.get_by_role("button", name="发布（不打扰）…").click()
    console.page.get_by_role("button", name="发布", exact=True).click()
    other.open_chat("articles")
    expect(other.on_phone("article").filter(has_text="怎样看懂血常规报告")).to_be_visible()
    other.picture("phone-articles")
    other.open_chat("account")
    expect(other.message("冬天血压高，怎么办")).to_be_visible()
    expect(other.message("怎样看懂血常规报告")).to_have_count(0)


def write_article(console: Console, title: str, text: str) -> None:
    """A draft with a cover."""
    console.go("文章")
    console.page.get_by_role("link", name="写文章").click()
    console.page.get_by_role("textbox", name="标题", exact=True).fill(title)
    console.page.get_by_label(re.compile("摘要")).fill(text[:20])
    console.page.locator("input[type=file]").first.set_input_files(
        files=[{"name": "cover.png", "mimeType": "image/png", "buffer": cover_picture()}]
    )
    expect(console.page.get_by_alt_text("当前封面")).to_be_visible()
    console.page.locator("[contenteditable=true]").first.fill(text)
    console.page.locator("[contenteditable=true]").first.blur()  # what was typed has reached the draft
    console.page.get_by_role("button", name="存草稿").click()
    expect(console.page.get_by_text("有未保存的修改")).to_be_hidden()


@pytest.mark.covers("A16.3")
def test_the_desk_opens_the_records_of_a_patient_whose_phone_the_hospital_does_not_hold(
    hospital: Hospital, phone_of: Callable[[str], Phone], console_of: Callable[[str], Console]
) -> None:
    with Account(hospital, "wang") as wang:
        wang.unbound()  # another story may have been here before
    phone = phone_of("wang")
    phone.choose_menu("个人中心", "我的信息")
    phone.tap("button", "添加就诊人")
    phone.type("姓名", WANG["name"])
    phone.type("证件号码", WANG["document"]["number"])
    phone.type("手机号", "13900006666")
    phone.tap("button", "获取验证码")
    phone.sees("验证码已发送")
    phone.type("短信验证码", hospital.code_sent_to("13900006666"))
    for box in phone.at("checkbox", re.compile("我同意")).all():
        box.click()
    phone.tap("button", "添加")
    phone.tap("button", "获取窗口办理号")
    phone.sees("请把这个号码和证件一起交给")
    number = phone.h5.get_by_label("窗口办理号").filter(visible=True).inner_text().replace(" ", "")
    phone.picture("phone-desk-number")

    console = console_of("desk01")
    console.go("窗口核验")
    console.page.get_by_label("6 位核验号").fill(number)
    console.picture("console-openings")
    console.page.get_by_role("button", name="核验", exact=True).click()
    console.page.get_by_text("证件已核对").click()
    console.page.get_by_placeholder(re.compile("身份证原件")).fill("身份证原件")
    console.picture("console-opening")
    console.page.get_by_role("button", name="确认并开放病历").click()
    console.sees("没有")

    phone.tap("button", "我已办好，刷新")
    phone.sees("已经开通")
    phone.picture("phone-desk-opened")
