"""The browser, the hospital it visits, and what every page is held to: no foreign request, no error, no barrier."""

import time
from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import Console, Phone, Visit
from tests.journeys.hospital import Hospital, open_hospital

FAILED = pytest.StashKey[bool]()
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A whole hospital for this test process, by day (at night some messages wait); a story moves its clock."""
    with open_hospital(tmp_path_factory.mktemp("hospital")) as opened:
        opened.set_clock(jump="tomorrow 10:00")
        time.sleep(1)  # every process has seen it
        yield opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a screen, a new profile for each visit."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know that their test has failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def visits(request: pytest.FixtureRequest) -> Iterator[list[Visit]]:
    """All that was opened in a test; looked through at its end. Where it stood when it failed: failed-….png."""
    opened: list[Visit] = []
    yield opened
    if request.node.stash.get(FAILED, False):
        for number, visit in enumerate(opened):
            visit.keep(f"failed-{request.node.name}-{number}")
    for visit in opened:
        visit.close()
    for visit in opened:
        visit.check()


@pytest.fixture
def phone_of(chromium: Browser, hospital: Hospital, visits: list[Visit]) -> Callable[[str], Phone]:
    """`phone_of("chen")`: the phone page, held by this person."""

    def open_phone(person: str) -> Phone:
        phone = Phone(chromium, hospital, person)
        visits.append(phone.visit)
        return phone

    return open_phone


@pytest.fixture
def console_of(chromium: Browser, hospital: Hospital, visits: list[Visit]) -> Callable[[str], Console]:
    """`console_of("doctor01")`: the staff console after logging in."""

    def open_console(username: str) -> Console:
        console = Console(chromium, hospital, username)
        visits.append(console.visit)
        return console

    return open_console
