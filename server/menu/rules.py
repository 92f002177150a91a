"""What WeChat allows in a menu, how two menus differ, and whose menu it is that WeChat holds. Limits: WECHAT.md 3."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from server.menu.models import BadMenu, Button, ButtonType, ConditionalMenu, Difference, MatchRule, Menu

TOP_MOST, SUB_MOST = 3, 5
TOP_WIDTH, SUB_WIDTH = 4.0, 8.0
TOP_BYTES, SUB_BYTES = 16, 60
FIELD_BYTES = {"key": 128, "url": 1024, "media_id": 128, "article_id": 128}
OUTSIDE_DOMAINS = 3  # 65316
CONDITIONAL_MOST = 5
PLATFORMS = {"1": "苹果手机", "2": "安卓手机", "3": "其他设备"}
_KEY = ("消息关键字", "key")
NEEDS: dict[str, tuple[str, str]] = {
    "click": _KEY,
    "view": ("网址", "url"),
    "miniprogram": ("网址", "url"),
    **dict.fromkeys(("scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album"), _KEY),
    **dict.fromkeys(("pic_weixin", "location_select"), _KEY),
    **dict.fromkeys(("media_id", "view_limited"), ("素材编号", "media_id")),
    **dict.fromkeys(("article_id", "article_view_limited"), ("文章编号", "article_id")),
}
_FIELDS = frozenset(Button.model_fields) - {"sub_button"}


def width(name: str) -> float:
    """How wide a name is shown, in Chinese characters: Latin letters and digits count half."""
    return sum(0.5 if ord(c) < 256 else 1.0 for c in name.strip())


def check(menu: Menu, own_host: str) -> None:
    """Raise BadMenu with every problem and where it is."""
    problems = _menu_problems(menu.button)
    if len(menu.conditional) > CONDITIONAL_MOST:
        problems.append(f"个性化菜单最多 {CONDITIONAL_MOST} 个")
    for number, one in enumerate(menu.conditional, 1):
        problems += [f"个性化菜单 {number}：{problem}" for problem in _menu_problems(one.button)]
        problems += [f"个性化菜单 {number}：{problem}" for problem in _rule_problems(menu.conditional, number - 1)]
    leaves = [leaf for buttons in (menu.button, *(c.button for c in menu.conditional)) for leaf in _leaves(buttons)]
    outside = {urlsplit(leaf.url).netloc for leaf in leaves if leaf.url} - {own_host}
    if len(outside) > OUTSIDE_DOMAINS:
        problems.append(f"外部网站最多 {OUTSIDE_DOMAINS} 个")
    if problems:
        raise BadMenu(problems=problems)


def _menu_problems(buttons: list[Button]) -> list[str]:
    problems: list[str] = []
    if not 1 <= len(buttons) <= TOP_MOST:
        problems.append(f"一级菜单要有 1 到 {TOP_MOST} 个")
    problems += _repeated(buttons)
    for top in buttons:
        problems += _name_problems(top, TOP_WIDTH, TOP_BYTES)
        if top.sub_button:
            if len(top.sub_button) > SUB_MOST:
                problems.append(f"「{top.name}」下最多 {SUB_MOST} 个二级菜单")
            problems += _repeated(top.sub_button)
            for sub in top.sub_button:
                problems += _name_problems(sub, SUB_WIDTH, SUB_BYTES) + _action_problems(sub)
                if sub.sub_button:
                    problems.append(f"「{sub.name}」不能再有下级菜单")
        else:
            problems += _action_problems(top)
    return problems


def _repeated(buttons: list[Button]) -> list[str]:
    """Two buttons of one name side by side cannot be told apart, by people or by `difference`."""
    names = [button.name for button in buttons]
    return [f"「{name}」重复了" for name in dict.fromkeys(names) if names.count(name) > 1]


def _name_problems(button: Button, most: float, most_bytes: int) -> list[str]:
    size = width(button.name)
    if not size:
        return ["有菜单没有写名称"]
    if size > most:
        return [f"「{button.name}」最多 {most:g} 个汉字"]
    return [f"「{button.name}」的名称超过 {most_bytes} 字节"] if len(button.name.encode()) > most_bytes else []


def _action_problems(button: Button) -> list[str]:
    if button.type is None:
        return [f"「{button.name}」没有选择点开后做什么"]
    if button.type not in NEEDS:
        return [f"「{button.name}」是在微信公众平台里设置的，这里不能发布，请换成别的"]
    word, field = NEEDS[button.type]
    value = str(getattr(button, field) or "")
    problems = []
    if field == "url":
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.netloc:
            problems.append(f"「{button.name}」的网址要以 https:// 开头")
    elif not value:
        problems.append(f"「{button.name}」没有写{word}")
    if len(value.encode()) > FIELD_BYTES[field]:
        problems.append(f"「{button.name}」的{word}超过 {FIELD_BYTES[field]} 字节")
    if button.type == "miniprogram" and not (button.appid and button.pagepath):
        problems.append(f"「{button.name}」要写小程序的 AppID 和页面")
    return problems


def _rule_problems(menus: list[ConditionalMenu], place: int) -> list[str]:
    wants = _wants(menus[place].rule)
    if not wants:
        return ["没有选择给谁看"]
    earlier = (_wants(other.rule) for other in menus[:place])
    if any(other and other.items() <= wants.items() for other in earlier):
        return ["永远不会显示：符合条件的人先看到前面的个性化菜单"]
    return []


def _wants(rule: MatchRule) -> dict[str, str]:
    return {name: str(value) for name, value in rule.model_dump(exclude_none=True).items() if value}


def whom(rule: MatchRule) -> str:
    """Who sees a conditional menu, in words."""
    parts = [PLATFORMS[rule.client_platform_type]] if rule.client_platform_type else []
    parts += [f"标签 {rule.tag_id}"] if rule.tag_id else []
    parts += [f"语言 {rule.language}"] if rule.language else []
    return "、".join(parts)


def _leaves(buttons: list[Button]) -> list[Button]:
    return [leaf for top in buttons for leaf in (top.sub_button or [top])]


# --- differences ------------------------------------------------------------------------------------


def difference(old: Menu | None, new: Menu | None) -> list[Difference]:
    """What followers would notice, by the path 门诊服务 / 预约挂号."""
    old, new = old or Menu(button=[]), new or Menu(button=[])
    found = _difference(old.button, new.button, "")
    before, after = ({whom(c.rule): c.button for c in menu.conditional} for menu in (old, new))
    found += [Difference(kind="added", path=w, text=f"新增给「{w}」的菜单") for w in after if w not in before]
    found += [Difference(kind="removed", path=w, text=f"去掉给「{w}」的菜单") for w in before if w not in after]
    for who in (w for w in after if w in before):
        found += _difference(before[who], after[who], f"给「{who}」的菜单：")
    return found


def _difference(old: list[Button], new: list[Button], start: str) -> list[Difference]:
    before, after = _paths(old), _paths(new)
    found = [Difference(kind="added", path=p, text=f"{start}新增「{p}」") for p in after if p not in before]
    found += [Difference(kind="removed", path=p, text=f"{start}去掉「{p}」") for p in before if p not in after]
    changed = [p for p in after if p in before and before[p] != after[p]]
    found += [Difference(kind="changed", path=p, text=f"{start}「{p}」点开后的去向改变") for p in changed]
    if not found and before and list(before) != list(after):
        found.append(Difference(kind="changed", path="", text=f"{start}顺序改变"))
    return found


def _paths(buttons: list[Button]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for top in buttons:
        for leaf in top.sub_button or [top]:
            path = f"{top.name} / {leaf.name}" if top.sub_button else top.name
            found[path] = leaf.model_dump(exclude={"name", "sub_button"}, exclude_none=True)
    return found


# --- what WeChat holds --------------------------------------------------------------------------------


def read_held(given: Mapping[str, Any] | None) -> Menu | None:
    """WeChat's answer ({button, conditional}) as a menu of ours; fields and kinds we do not know are left out."""
    if given is None:
        return None
    conditional = [
        ConditionalMenu.model_construct(rule=_read_rule(c.get("matchrule") or {}), button=_read_buttons(c["button"]))
        for c in given.get("conditional") or []
    ]
    return Menu.model_construct(button=_read_buttons(given["button"]), conditional=conditional[::-1])


def _read_buttons(given: Sequence[Mapping[str, Any]]) -> list[Button]:
    return [_read_button(button) for button in given]


def _read_button(given: Mapping[str, Any]) -> Button:
    known: dict[str, Any] = {name: str(given[name]) for name in _FIELDS if given.get(name)}
    if known.get("type") not in get_args(ButtonType):
        known.pop("type", None)
    below = _read_buttons(given.get("sub_button") or [])
    return Button.model_construct(**{"name": "", **known}, sub_button=below or None)  # WeChat's limits are not ours


def _read_rule(given: Mapping[str, Any]) -> MatchRule:
    known: dict[str, Any] = {name: str(given[name]) for name in MatchRule.model_fields if given.get(name)}
    return MatchRule.model_construct(**known)


def mark(menu: Menu | None) -> str:
    """The same for menus that followers cannot tell apart; conditional ones in any order, as WeChat lists them."""
    shape = _shape(menu)
    shape["conditional"].sort(key=lambda one: json.dumps(one, sort_keys=True))
    said = json.dumps(shape, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _shape(menu: Menu | None) -> dict[str, Any]:
    menu = menu or Menu(button=[])
    conditional = [{"rule": _wants(c.rule), "button": _bare(c.button)} for c in menu.conditional]
    return {"button": _bare(menu.button), "conditional": conditional}


def _bare(buttons: list[Button]) -> list[dict[str, Any]]:
    bare = []
    for button in buttons:
        own = {name: value for name in _FIELDS if (value := getattr(button, name))}
        if button.sub_button:
            own = {"name": button.name, "sub_button": _bare(button.sub_button)}
        bare.append(own)
    return bare


def standing(
    held: Menu | None, published: Menu | None, unfinished: Menu | None
) -> Literal["same", "changed", "unfinished"]:
    """Whether WeChat holds what we published last; `unfinished`: what a later publication of ours tried to put."""
    if mark(held) == mark(published):
        return "same"
    if unfinished is not None:
        has, tried, had = _shape(held), _shape(unfinished), _shape(published)
        ours = tried["conditional"] + had["conditional"]
        if has["button"] in (tried["button"], had["button"]) and all(one in ours for one in has["conditional"]):
            return "unfinished"
    return "changed"
