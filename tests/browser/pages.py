"""What a story touches: the phone with our pages inside, the console, and what each visit is held to."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Frame, Locator, Page, Request, expect

from tests.journeys.hospital import Hospital

PICTURES = Path("build/pictures")
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.53 NetType/WIFI Language/zh_CN"
)
PATIENCE_MS = 15_000
IMAGES = "Promise.all([...document.images].map(image => image.decode().catch(() => 0))).then(() => 0)"
AXE = "given => axe.run(given, {resultTypes: ['violations'], iframes: false})"
GRAVE = ("serious", "critical")
expect.set_options(timeout=PATIENCE_MS)


class Visit:
    """One browser profile: what it asked for, what it complained of, where axe found a barrier."""

    def __init__(self, browser: Browser, hospital: Hospital, size: tuple[int, int], agent: str | None = None) -> None:
        self.homes = {urlsplit(hospital.url).netloc, urlsplit(hospital.sandbox).netloc}
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.barriers: dict[str, str] = {}
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            user_agent=agent,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda error: self.errors.append(f"uncaught: {error.error}"))
        self.page: Page = self.context.new_page()

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.homes:
            self.foreign.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        asks_who_is_there = message.location.get("url", "").endswith("/api/staff/session")  # 401 before the log-in
        if message.type == "error" and not asks_who_is_there:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def picture(self, name: str) -> None:
        """Keep a picture of the step, and look for barriers."""
        self.keep(name)
        for frame in self.page.frames:
            if urlsplit(frame.url).netloc in self.homes:
                self._look_for_barriers(frame, name)

    def keep(self, name: str) -> None:
        """Only the picture, with all images on it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for frame in self.page.frames:
            frame.evaluate(IMAGES)
        self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", scale="css")

    def _look_for_barriers(self, frame: Frame, name: str) -> None:
        path = re.sub(r"[0-9a-f]{24}", "…", urlsplit(frame.url).path)
        if frame.evaluate("typeof window.axe") == "undefined":
            frame.evaluate(AXE_SCRIPT)
        found = frame.evaluate(AXE, {"exclude": [["uni-toast"]]})["violations"]  # it fades in: no colour is its own
        for one in found:
            if one["impact"] in GRAVE:
                places = "; ".join(sorted({str(node["target"][-1]) for node in one["nodes"]})[:4])
                self.barriers.setdefault(f"{path} {one['id']} ({one['impact']})", f"{name}: {places}")

    def await_quiet(self) -> None:
        """Wait until the page asks nothing more."""
        self.page.wait_for_load_state("networkidle")

    def show(self, width: int, height: int) -> None:
        """Another size of the window."""
        self.page.set_viewport_size({"width": width, "height": height})

    def close(self) -> None:
        """End the visit."""
        self.context.close()

    def check(self) -> None:
        """Nothing left this machine, nothing went wrong, nobody is kept out."""
        assert not self.foreign, f"requests that left localhost: {self.foreign[:5]}"
        assert not self.errors, "errors in the browser's console:\n" + "\n".join(self.errors[:10])
        assert not self.barriers, "axe:\n" + "\n".join(f"{what}  {where}" for what, where in self.barriers.items())


class Phone:
    """The phone page in a person's hand, and our pages in its web view."""

    def __init__(self, browser: Browser, hospital: Hospital, person: str) -> None:
        self.visit = Visit(browser, hospital, (375, 812), WECHAT)
        self.page, self.person, self.hospital = self.visit.page, person, hospital
        self.page.goto(f"{hospital.sandbox}/sandbox/phone?person={person}")
        self.picture = self.visit.picture
        expect(self.on_phone("chat-account")).to_be_visible()

    # --- WeChat's own screens -----------------------------------------------------------------------

    def on_phone(self, mark: str) -> Locator:
        """An element of the phone itself, by its mark."""
        return self.page.get_by_test_id(mark)

    def open_chat(self, thread: str) -> None:
        """account, service, pay, sms or articles; closes a web page that is open."""
        self.close_page()
        if not self.on_phone(f"chat-{thread}").is_visible():
            self.on_phone("back").click()
        self.on_phone(f"chat-{thread}").click()

    def message(self, words: str) -> Locator:
        """The newest message with these words in the open thread."""
        return self.on_phone("message").filter(has_text=words).last

    def follow_message(self, words: str) -> None:
        """Wait for a message in the account's chat and tap it."""
        self.open_chat("account")
        expect(self.message(words)).to_be_visible()
        self.message(words).get_by_test_id("message-open").click()
        self.await_page()

    def choose_menu(self, group: str, item: str) -> None:
        """Tap through the account's menu."""
        self.open_chat("account")
        self.on_phone("menu-button").filter(has_text=group).click()
        self.on_phone("menu-item").filter(has_text=item).click()
        self.await_page()

    def scan(self, words: str) -> None:
        """Scan the QR code with these words on it."""
        self.close_page()
        if self.on_phone("back").is_visible():
            self.on_phone("back").click()
        self.on_phone("scan-open").click()
        self.on_phone("qr-item").filter(has_text=words).first.click()
        self.await_page()

    def pay(self, picture: str = "") -> None:
        """Go through the payment sheet with any password."""
        expect(self.on_phone("pay-sheet")).to_be_visible()
        if picture:
            self.picture(picture)
        self.on_phone("pay-confirm").click()
        for key in "135790":
            self.on_phone(f"pay-key-{key}").click()
        self.on_phone("pay-finish").click()

    def close_page(self) -> None:
        """Close our page if one is open; by key, because a notice may lie over the button for a moment."""
        if self.on_phone("webview-close").is_visible():
            self.on_phone("webview-close").press("Enter")

    # --- our pages ------------------------------------------------------------------------------------

    def await_page(self) -> None:
        """Wait until our page is open in the web view."""
        expect(self.on_phone("webview-title")).not_to_have_text("正在打开…")
        expect(self.page.frame_locator("[name=h5]").get_by_role("main")).to_be_visible()

    def turn_to(self, page: str, query: str = "") -> None:
        """Go to one of our pages by its address, and wait until it has loaded."""
        self.h5.evaluate("where => location.assign(where)", f"/h5/pages/{page}" + (f"?{query}" if query else ""))
        self.h5.wait_for_url(re.compile(re.escape(page)))
        expect(self.page.frame_locator("[name=h5]").get_by_role("main")).to_be_visible()
        expect(self.h5.get_by_text("正在加载…").filter(visible=True)).to_have_count(0)

    @property
    def h5(self) -> Frame:
        """The web view."""
        frame = self.page.frame(name="h5")
        assert frame, "no web page is open"
        return frame

    def at(self, role: Any, name: str | re.Pattern[str], **more: Any) -> Locator:
        """An element of our page that can be seen."""
        return self.h5.get_by_role(role, name=name, **more).filter(visible=True)

    def tap(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Tap the first such element."""
        self.at(role, name).first.click()

    def sees(self, words: str) -> Locator:
        """Wait for words on our page."""
        found = self.h5.get_by_text(words).filter(visible=True).first
        expect(found).to_be_visible()
        return found

    def type(self, field: str, text: str) -> None:
        """Fill in a field."""
        self.h5.get_by_role("textbox", name=field).filter(visible=True).first.fill(text)


class Console:
    """The staff console, logged in."""

    def __init__(self, browser: Browser, hospital: Hospital, username: str) -> None:
        self.visit = Visit(browser, hospital, (1440, 900))
        self.page, self.picture, self.url = self.visit.page, self.visit.picture, hospital.url
        self.page.goto(f"{hospital.url}/console/")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_role("textbox", name="密码").fill(hospital.log_ins[username])
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("navigation", name="主导航")).to_be_visible()

    def go(self, link: str) -> None:
        """Choose in the main navigation."""
        self.page.get_by_role("navigation", name="主导航").get_by_role("link", name=link, exact=True).click()

    def await_quiet(self) -> None:
        """Wait until nothing is being loaded any more."""
        self.visit.await_quiet()
        expect(self.page.get_by_text("正在读取…")).to_have_count(0)

    def sees(self, words: str) -> Locator:
        """Wait for words."""
        found = self.page.get_by_text(words).filter(visible=True).first
        expect(found).to_be_visible()
        return found
