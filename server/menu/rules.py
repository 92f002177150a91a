"""What WeChat allows in a menu, and how two menus differ. Limits: WECHAT.md 3."""

from urllib.parse import urlsplit

from server.menu.models import BadMenu, Button, Difference, Menu

TOP_MOST, SUB_MOST = 3, 5
TOP_WIDTH, SUB_WIDTH = 4.0, 8.0
OUTSIDE_DOMAINS = 3  # 65316


def width(name: str) -> float:
    """How wide a name is shown, in Chinese characters: Latin letters and digits count half."""
    return sum(0.5 if ord(c) < 256 else 1.0 for c in name.strip())


def check(menu: Menu, own_host: str) -> None:
    """Raise BadMenu with every problem and where it is."""
    problems: list[str] = []
    if not 1 <= len(menu.button) <= TOP_MOST:
        problems.append(f"一级菜单要有 1 到 {TOP_MOST} 个")
    problems += _repeated(menu.button)
    for top in menu.button:
        problems += _name_problems(top, TOP_WIDTH)
        if top.sub_button:
            if len(top.sub_button) > SUB_MOST:
                problems.append(f"「{top.name}」下最多 {SUB_MOST} 个二级菜单")
            problems += _repeated(top.sub_button)
            for sub in top.sub_button:
                problems += _name_problems(sub, SUB_WIDTH) + _action_problems(sub)
                if sub.sub_button:
                    problems.append(f"「{sub.name}」不能再有下级菜单")
        else:
            problems += _action_problems(top)
    outside = {urlsplit(b.url).netloc for b in _leaves(menu) if b.url} - {own_host}
    if len(outside) > OUTSIDE_DOMAINS:
        problems.append(f"外部网站最多 {OUTSIDE_DOMAINS} 个")
    if problems:
        raise BadMenu(problems=problems)


def _repeated(buttons: list[Button]) -> list[str]:
    """Two buttons of one name side by side cannot be told apart, by people or by `difference`."""
    names = [button.name for button in buttons]
    return [f"「{name}」重复了" for name in dict.fromkeys(names) if names.count(name) > 1]


def _name_problems(button: Button, most: float) -> list[str]:
    size = width(button.name)
    if not size:
        return ["有菜单没有写名称"]
    return [f"「{button.name}」最多 {most:g} 个汉字"] if size > most else []


def _action_problems(button: Button) -> list[str]:
    match button.type:
        case "click":
            return [] if button.key else [f"「{button.name}」没有写消息关键字"]
        case "view" | "miniprogram":
            url = urlsplit(button.url or "")
            good = url.scheme in ("http", "https") and bool(url.netloc)
            problems = [] if good else [f"「{button.name}」的网址要以 https:// 开头"]
            if button.type == "miniprogram" and not (button.appid and button.pagepath):
                problems.append(f"「{button.name}」要写小程序的 AppID 和页面")
            return problems
        case _:
            return [f"「{button.name}」没有选择点开后做什么"]


def _leaves(menu: Menu) -> list[Button]:
    return [leaf for top in menu.button for leaf in (top.sub_button or [top])]


def difference(old: Menu | None, new: Menu) -> list[Difference]:
    """What followers would notice, by the path 门诊服务 / 预约挂号."""
    before, after = _paths(old) if old else {}, _paths(new)
    found = [Difference(kind="added", path=p, text=f"新增「{p}」") for p in after if p not in before]
    found += [Difference(kind="removed", path=p, text=f"去掉「{p}」") for p in before if p not in after]
    changed = [p for p in after if p in before and before[p] != after[p]]
    found += [Difference(kind="changed", path=p, text=f"「{p}」点开后的去向改变") for p in changed]
    if not found and before and list(before) != list(after):
        found.append(Difference(kind="changed", path="", text="顺序改变"))
    return found


def _paths(menu: Menu) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for top in menu.button:
        for leaf in top.sub_button or [top]:
            path = f"{top.name} / {leaf.name}" if top.sub_button else top.name
            found[path] = leaf.model_dump(exclude={"name", "sub_button"}, exclude_none=True)
    return found
