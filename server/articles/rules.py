"""What an article may contain, what an image is, how often everybody may be sent something, and WeChat's words."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import nh3

from server.articles.models import AlreadyOut, ImageTooLarge, KeptArticle, KeptImage, NoCover, NotAnImage, NoText
from server.values import SHANGHAI

LARGEST_IMAGE = 2 * 1024 * 1024
LARGEST_IN_TEXT = 1024 * 1024 - 1  # WeChat: below 1 MB
SENDS_A_MONTH = 4  # and one a day
SAME_ID_LASTS = timedelta(hours=23)  # WeChat knows a clientmsgid again for 24 hours
SETTLES = timedelta(minutes=1)  # a publication whose answer was lost has ended by then
CHANGEABLE = ("draft", "failed")
TAGS = {"p", "br", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "ul", "ol", "li", "blockquote", "img", "a", "hr"}
TAGS |= {"span", "figure", "figcaption", "table", "thead", "tbody", "tr", "td", "th"}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
OWN_IMAGE = re.compile(r'src="/api/images/([0-9a-f]{24})"')
_OWN_SRC = re.compile(r"/api/images/[0-9a-f]{24}")
_NO_SRC = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")


def clean(content_html: str) -> str:
    """The text with allowed elements only: no scripts, styles, frames, and no pictures but our own."""
    cleaned = nh3.clean(
        content_html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_own_pictures,
        url_schemes={"http", "https"},
        link_rel=None,
    )
    return _NO_SRC.sub("", cleaned).strip()


def _own_pictures(tag: str, attribute: str, value: str) -> str | None:
    return None if (tag, attribute) == ("img", "src") and not _OWN_SRC.fullmatch(value) else value


def image_kind(content: bytes) -> Literal["image/jpeg", "image/png"]:
    """The media type of an image by its own bytes; NotAnImage for anything else or too much."""
    if len(content) > LARGEST_IMAGE:
        raise NotAnImage()
    if content[:3] == b"\xff\xd8\xff" and content.rstrip(b"\0")[-2:] == b"\xff\xd9":
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and b"IEND" in content[-16:]:
        return "image/png"
    raise NotAnImage()


def check_changeable(article: KeptArticle) -> None:
    """Raise AlreadyOut once others have it, or are about to."""
    if article.state not in CHANGEABLE:
        raise AlreadyOut()


def check_complete(article: KeptArticle, images: Mapping[str, int]) -> None:
    """Raise NoCover, NoText or ImageTooLarge unless WeChat would take it. `images`: sizes of those in the text."""
    if article.cover_id is None:
        raise NoCover()
    if not re.sub(r"<[^>]+>|&nbsp;|\s", "", article.content_html) and "<img" not in article.content_html:
        raise NoText()
    if any(size > LARGEST_IN_TEXT for size in images.values()):
        raise ImageTooLarge()


def own_images(content_html: str) -> list[str]:
    """The ids of our images in an article, each once."""
    return list(dict.fromkeys(OWN_IMAGE.findall(content_html)))


def for_wechat(article: KeptArticle, thumb: str, addresses: Mapping[str, str]) -> dict[str, object]:
    """The article as `draft/add` takes it, with our images at WeChat's addresses."""
    return {
        "title": article.title,
        "author": article.author,
        "digest": article.digest,
        "content": OWN_IMAGE.sub(lambda found: f'src="{addresses[found[1]]}"', article.content_html),
        "thumb_media_id": thumb,
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
    }


def image_name(image: KeptImage) -> str:
    """A file name for an upload."""
    return f"{image.id}.{image.kind.removeprefix('image/').replace('jpeg', 'jpg')}"


# --- WeChat's words -------------------------------------------------------------------------------

_MASS_WORDS = {
    "send fail": "群发失败",
    "err(10001)": "内容涉嫌广告",
    "err(20001)": "内容涉嫌政治",
    "err(20002)": "内容涉嫌色情",
    "err(20004)": "内容涉嫌社会事件",
    "err(20006)": "内容涉嫌违法犯罪",
    "err(20008)": "内容涉嫌欺诈",
    "err(20013)": "内容涉嫌侵权",
    "err(22000)": "涉嫌互推",
    "err(40001)": "管理员没有同意群发",
    "err(40002)": "管理员 30 分钟内没有确认",
}
_MASS_STATES = {"SEND_SUCCESS": True, "SEND_FAIL": False, "DELETE": False}
_PUBLISH_WORDS = {
    "2": "原创校验未通过",
    "3": "发布失败",
    "4": "微信审核未通过",
    "5": "文章已被全部删除",
    "6": "文章已被微信封禁",
}
_REFUSAL_WORDS = {
    "40007": "草稿或封面在微信里已被删除，请再发一次",
    "45003": "标题太长",
    "45004": "摘要太长",
    "45110": "作者名太长",
    "45166": "正文太长",
    "45028": "微信今天或本月的群发次数已用完",
    "48001": "公众号没有这项权限",
    "53500": "公众号的发布功能被微信限制",
    "87014": "内容有风险，请修改",
}


def mass_result(
    status: str, total: int | None = None, sent: int | None = None, failed: int | None = None
) -> tuple[bool, str]:
    """Whether a mass send went well, and what the editor reads. Codes: WECHAT.md 1, MASSSENDJOBFINISH."""
    if status.replace(" ", "") == "sendsuccess":
        shown = ["?" if count is None else str(count) for count in (total, sent, failed)]
        return True, f"群发完成：应发 {shown[0]} 人，送达 {shown[1]} 人，没有送达 {shown[2]} 人"
    return False, f"群发没有成功：{_MASS_WORDS.get(status, status or '微信没有说明原因')}"


def mass_state(status: str) -> tuple[bool, str] | None:
    """The same from a query (mass/get); None while it is under way."""
    good = _MASS_STATES.get(status)
    if good is None:
        return None
    return good, "群发完成（人数请在公众平台查看）" if good else "群发没有成功，原因请在公众平台查看"


def publish_result(status: str) -> tuple[bool, str] | None:
    """Whether a publication went well, and in words; None while it is under way."""
    if status == "1":
        return None
    if status == "0":
        return True, "发布成功"
    return False, f"发布没有成功：{_PUBLISH_WORDS.get(status, f'微信返回 {status}')}"


def refusal_text(code: str) -> str:
    """Why WeChat did not take an article, in words."""
    return f"微信没有接受：{_REFUSAL_WORDS.get(code, '请检查内容')}（{code}）"


def pause(looks: int) -> timedelta:
    """How long to wait before asking WeChat once more what became of it: 30 s, doubling, ten minutes at the most."""
    return timedelta(seconds=min(30 * 2 ** min(looks, 10), 600))


def follower_name(account_id: str, since: datetime | None) -> str:
    """What an editor can tell a follower by: WeChat gives no names, and an editor has no business with ours."""
    if since is None:
        return f"关注者 ****{account_id[-4:]}"
    local = since.astimezone(SHANGHAI)
    return f"关注者 ****{account_id[-4:]}（{local.month}月{local.day}日 {local:%H:%M} 关注）"
