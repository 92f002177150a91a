"""What stays of an article's text, what a picture is, and in which words WeChat's answers reach an editor."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.articles import rules
from server.articles.models import NotAnImage
from tests.articles.drafting import png

OURS = "/api/images/0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>你好</p>", "<p>你好</p>"),
        ('<p onclick="x()" style="color:red" class="a">你好</p>', "<p>你好</p>"),
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ('<iframe src="https://x"></iframe><p>a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', "<a>a</a>"),
        ('<a href="https://a.cn/">a</a>', '<a href="https://a.cn/">a</a>'),
        (f'<img src="{OURS}" alt="图" onerror="x()">', f'<img src="{OURS}" alt="图">'),
        ('<img src="https://elsewhere.cn/a.png"><p>a</p>', "<p>a</p>"),
        ('<img src="data:image/png;base64,AA=="><p>a</p>', "<p>a</p>"),
        (f'<img src="//evil.cn{OURS}"><p>a</p>', "<p>a</p>"),
        ("<h1>大标题</h1>", "大标题"),
        ("<svg><script>x</script></svg><p>a</p>", "<p>a</p>"),
    ],
)
def test_only_plain_text_elements_and_our_own_pictures_stay(written: str, kept: str) -> None:
    assert rules.clean(written) == kept


@given(st.text(alphabet="<>/=\"' aimgscriptonhrefjv:;&#x0", max_size=80))
def test_nothing_that_runs_survives_and_cleaning_again_changes_nothing(written: str) -> None:
    cleaned = rules.clean(written)
    assert rules.clean(cleaned) == cleaned
    assert "<script" not in cleaned
    assert "javascript:" not in cleaned.replace("&amp;", "&").split(">")[0] or "<a" not in cleaned


def test_a_picture_is_known_by_its_bytes() -> None:
    assert rules.image_kind(png()) == "image/png"
    assert rules.image_kind(b"\xff\xd8\xff\xe0" + b"x" * 20 + b"\xff\xd9") == "image/jpeg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        b"<html>",
        png()[:-10],
        b"\xff\xd8\xffhalf",
        png(padding=2 * 1024 * 1024),
        b"MZ" + png(),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        rules.image_kind(content)


@pytest.mark.parametrize(
    ("status", "good", "words"),
    [
        ("send success", True, "应发 3 人，送达 2 人，没有送达 1 人"),
        ("sendsuccess", True, "送达 2 人"),
        ("err(40002)", False, "管理员 30 分钟内没有确认"),
        ("err(99999)", False, "err(99999)"),
        ("", False, "没有说明原因"),
    ],
)
def test_the_result_of_a_mass_send_is_said_in_words(status: str, good: bool, words: str) -> None:
    result = rules.mass_result(status, total=3, sent=2, failed=1)
    assert result[0] is good
    assert words in result[1]


def test_the_result_of_a_publication_is_said_in_words() -> None:
    assert rules.publish_result("1") is None
    assert rules.publish_result("0") == (True, "发布成功")
    assert rules.publish_result("4") == (False, "发布没有成功：微信审核未通过")
    assert rules.mass_state("SENDING") is None


def test_we_ask_less_and_less_often_what_became_of_it() -> None:
    pauses = [rules.pause(n) for n in range(8)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=10)
