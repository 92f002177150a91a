"""The phone page in a real browser: follow, menu, a page of ours inside, payment, pop-up, messages arriving live."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import tornado.httpserver
import tornado.testing
import tornado.web
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, async_playwright, expect

from server.sandbox import push

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
CHROMIUM = "/usr/bin/chromium"
OUR_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>预约挂号</title>
<link rel="icon" href="data:,"><script src="{sandbox}/sandbox/bridge.js"></script><p id="code">{code}</p>
<button id="pay">付款</button><button id="scan">扫码</button><a href="/h5/second">下一页</a><p id="out"></p>
<wx-open-subscribe template="{template}"><script type="text/wxtag-template"><style>.b{{color:#333}}</style>
<button class="b">提醒我</button></script></wx-open-subscribe><script src="/page.js"></script></html>"""
PAGE_SCRIPT = """
const out = document.getElementById("out");
document.getElementById("pay").onclick = () => fetch("/prepay").then((r) => r.json()).then((params) =>
  WeixinJSBridge.invoke("getBrandWCPayRequest", params, (r) => { out.textContent = r.err_msg; }));
document.getElementById("scan").onclick = () =>
  wx.scanQRCode({needResult: 1, success: (r) => { out.textContent = r.resultStr; }});
const tag = document.querySelector("wx-open-subscribe");
tag.addEventListener("success", (e) => { out.textContent = e.detail.subscribeDetails; });
"""

pytestmark = pytest.mark.browser


@pytest.fixture
async def ours(hand: Any) -> AsyncIterator[str]:
    """A small hospital server: it enters by OAuth, shows one page and takes the platform's callbacks."""
    world = hand.world
    socket, port = tornado.testing.bind_unused_port()
    address = f"http://localhost:{port}"
    await hand.set("settings", public_url=address)
    template = next(t["template_id"] for t in world.state.all("templates") if t["kind"] == "subscribe")

    class Enter(tornado.web.RequestHandler):
        def get(self) -> None:
            back = quote(f"{address}/h5/first", safe="")
            asked = (
                f"appid={hand.values['WECHAT_APPID']}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=s1"
            )
            self.redirect(f"{world.sandbox_url}/connect/oauth2/authorize?{asked}#wechat_redirect")

    class Shown(tornado.web.RequestHandler):
        def get(self) -> None:
            code = self.get_query_argument("code", "")
            text = OUR_PAGE.format(sandbox=world.sandbox_url, template=template, code=code)
            self.finish(text if not self.request.path.endswith("second") else text.replace("预约挂号", "第二页"))

    class Script(tornado.web.RequestHandler):
        def get(self) -> None:
            self.set_header("Content-Type", "text/javascript; charset=utf-8")
            self.finish(PAGE_SCRIPT)

    class Prepay(tornado.web.RequestHandler):
        async def get(self) -> None:
            order = {
                "appid": hand.values["WECHAT_APPID"],
                "mchid": hand.values["PAY_MCHID"],
                "description": "预约挂号",
                "out_trade_no": f"P{world.state.next('orders of the test'):08d}",
                "notify_url": f"{address}/wechat/pay/notify",
                "amount": {"total": 2500, "currency": "CNY"},
                "payer": {"openid": await hand.openid("zhang")},
            }
            made = await hand.pay_call("POST", "/v3/pay/transactions/jsapi", order)
            self.finish(hand.pay_params(made.json()["prepay_id"]))

    class Taken(tornado.web.RequestHandler):
        def post(self) -> None:
            self.finish("success")

    routes = [
        ("/wechat/enter", Enter),
        ("/h5/.*", Shown),
        ("/page.js", Script),
        ("/prepay", Prepay),
        ("/wechat/.*", Taken),
    ]
    server = tornado.httpserver.HTTPServer(tornado.web.Application(routes))
    server.add_socket(socket)
    menu = [
        {"name": "门诊服务", "sub_button": [{"type": "view", "name": "预约挂号", "url": f"{address}/wechat/enter"}]},
        {"type": "click", "name": "联系我们", "key": "CONTACT"},
    ]
    assert (await hand.call("/cgi-bin/menu/create", json={"button": menu}))["errcode"] == 0
    yield address
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def page(ours: str) -> AsyncIterator[Page]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
        opened = await context.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        yield opened
        await browser.close()
    assert problems == []


async def open_our_page(hand: Any, page: Page) -> Any:
    await page.goto(f"{hand.world.sandbox_url}/sandbox/phone?person=zhang")
    await page.get_by_test_id("chat-account").click()
    await page.get_by_role("button", name="门诊服务").click()
    await page.get_by_role("menuitem", name="预约挂号").click()
    await expect(page.get_by_test_id("webview-title")).to_have_text("预约挂号")
    return page.frame_locator("[data-testid=webview-frame]")


async def type_password(page: Page) -> None:
    await page.get_by_test_id("pay-confirm").click()
    for key in "123456":
        await page.get_by_test_id(f"pay-key-{key}").click()


@pytest.mark.covers("N2.7")
async def test_a_person_opens_our_page_pays_and_allows_a_reminder(hand, page):
    inside = await open_our_page(hand, page)
    await expect(inside.locator("#code")).not_to_be_empty()
    await inside.get_by_text("付款").click()
    await expect(page.get_by_test_id("pay-amount")).to_have_text("¥25.00")
    await type_password(page)
    await page.get_by_test_id("pay-finish").click()
    await expect(inside.locator("#out")).to_have_text("get_brand_wcpay_request:ok")
    await inside.get_by_text("付款").click()
    await page.get_by_test_id("pay-cancel").click()
    await expect(inside.locator("#out")).to_have_text("get_brand_wcpay_request:cancel")
    await inside.get_by_text("提醒我").click()
    await page.get_by_test_id("popup-allow").click()
    await expect(inside.locator("#out")).to_contain_text("accept")
    assert (await hand.see("zhang", "subscriptions"))["items"][0]["count"] == 1
    await inside.get_by_text("扫码").click()
    await page.get_by_test_id("qr-item").nth(1).click()
    await expect(inside.locator("#out")).to_contain_text("station.")
    await inside.get_by_text("下一页").click()
    await expect(page.get_by_test_id("webview-title")).to_have_text("第二页")
    await page.get_by_test_id("webview-back").click()
    await expect(page.get_by_test_id("webview-title")).to_have_text("预约挂号")
    await page.get_by_test_id("webview-back").click()
    await expect(page.get_by_test_id("webview")).to_be_hidden()


async def test_a_refused_payment_says_so_to_the_person_and_to_the_page(hand, page):
    await page.set_viewport_size({"width": 1440, "height": 900})
    inside = await open_our_page(hand, page)
    await page.get_by_test_id("pay-how-fail").click()
    await inside.get_by_text("付款").click()
    await type_password(page)
    await expect(page.get_by_role("alertdialog")).to_contain_text("银行拒绝")
    await page.get_by_test_id("sheet-ok").click()
    await expect(inside.locator("#out")).to_have_text("get_brand_wcpay_request:fail")


async def test_a_new_person_follows_writes_and_gets_messages_live(hand, page):
    await page.goto(f"{hand.world.sandbox_url}/sandbox/phone?person=chen")
    await page.get_by_test_id("chat-account").click()
    await page.get_by_test_id("follow").click()
    await page.get_by_test_id("show-keys").click()
    await page.get_by_test_id("text-input").fill("几点开门？<b>")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("message")).to_have_text("陈几点开门？<b>")
    openid = await hand.openid("chen")
    answer = {"touser": openid, "msgtype": "text", "text": {"content": "早上八点"}}
    await hand.call("/cgi-bin/message/custom/send", json=answer)
    await expect(page.get_by_test_id("message").last).to_contain_text("早上八点")
    await page.get_by_test_id("drawer-open").click()
    await page.get_by_test_id("person-zhang").click()
    await expect(page.get_by_test_id("chats")).to_contain_text("打开看看菜单")


async def barriers(page: Page) -> list[str]:
    await page.wait_for_timeout(300)  # the sheet has risen
    await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]


async def test_nobody_is_kept_out_of_the_screens(hand, page):
    inside = await open_our_page(hand, page)
    await inside.get_by_text("付款").click()
    await page.get_by_test_id("pay-confirm").click()
    assert await barriers(page) == []
    await page.get_by_test_id("pay-cancel").click()
    await page.get_by_test_id("webview-close").click()
    await page.get_by_test_id("back").click()
    await page.get_by_test_id("scan-open").click()
    assert await barriers(page) == []
    await page.goto(f"{hand.world.sandbox_url}/sandbox/platform")
    await page.get_by_test_id("tab-hospital").click()
    assert await barriers(page) == []


async def test_the_bridge_does_nothing_outside_the_phone(hand, page, ours):
    await page.goto(f"{ours}/h5/first")
    assert await page.evaluate("[typeof WeixinJSBridge, customElements.get('wx-open-subscribe') === undefined]") == [
        "undefined",
        True,
    ]


async def test_the_platform_page_shows_calls_and_moves_the_clock(hand, page):
    await page.goto(f"{hand.world.sandbox_url}/sandbox/platform")
    await expect(page.get_by_test_id("call").first).to_contain_text("/cgi-bin/menu/create")
    await page.get_by_test_id("rate-0").click()
    await expect(page.locator("#speed")).to_have_text("停住了")
    await page.get_by_test_id("tab-faults").click()
    await page.get_by_test_id("fault-times").fill("2")
    await page.get_by_test_id("fault-on").click()
    await expect(page.get_by_test_id("fault")).to_contain_text("还有 2 次")
    await page.get_by_test_id("fault-off").click()
    await expect(page.get_by_test_id("fault")).to_have_count(0)
    assert hand.world.faults.all() == []


def test_a_failed_answer_is_what_people_know_from_wechat():
    assert push.SERVICE_FAULT.startswith("该公众号提供的服务出现故障")
