"""What a scan is answered with, how days are filled up, and the printed card. Pure."""

from collections.abc import Mapping
from io import BytesIO
from urllib.parse import quote
from xml.sax.saxutils import escape

import segno

from server.scenes.models import Scene, SceneDay
from server.values import plus_days

DAYS = 30
_PAGES = {
    "/h5/pages/home/": "医院首页",
    "/h5/pages/departments/": "预约挂号",
    "/h5/pages/check-in/": "签到",
    "/h5/pages/queue/": "候诊查询",
    "/h5/pages/bills/": "门诊缴费",
    "/h5/pages/reports/": "报告查询",
    "/h5/pages/inpatient/": "住院服务",
    "/h5/pages/tasks/": "随访问卷",
    "/h5/pages/articles/": "健康资讯",
    "/h5/pages/hospital/": "医院介绍",
}
_PAGE_MM = (105, 148)  # A6
_CODE_MM = 66  # white for four modules around it
_LINE_MM = 93


def greeting(scene: Scene, public_url: str) -> str | None:
    """What the person who scanned is told, or None: nothing is said."""
    if scene.retired_at:
        return f"您扫的二维码（{scene.place}）已经停用，请以现场的新二维码为准。需要帮助请点下方菜单。"
    if not scene.to:
        return None
    address = f"{public_url}/wechat/enter?to={quote(scene.to, safe='/')}"
    page = next((f"“{name}”" for path, name in _PAGES.items() if scene.to.startswith(path)), "")
    return f'{scene.name}\n<a href="{address}">点这里打开{page}</a>'


def days_until(today: str, counted: Mapping[str, tuple[int, int]]) -> list[SceneDay]:
    """Thirty days up to today from {date: (scans, new followers)}."""
    dates = [plus_days(today, -before) for before in range(DAYS - 1, -1, -1)]
    numbers = ((on, *counted.get(on, (0, 0))) for on in dates)
    return [SceneDay(on=on, scans=scans, new_followers=fresh) for on, scans, fresh in numbers]


def picture(url: str) -> bytes:
    """The QR code alone, as PNG with 20 pixels a module: sharp in print at 10 cm."""
    return bytes(_png(segno.make(url, error="m")))


def _png(code: segno.QRCode) -> bytes:
    place = BytesIO()
    code.save(place, kind="png", scale=20, border=4)
    return place.getvalue()


def card(scene: Scene, hospital: str) -> str:
    """An A6 card as SVG: the hospital, the code, and the name and place in large type."""
    width, height = _PAGE_MM
    title_size = min(11.0, _LINE_MM / len(scene.name))
    place_size = min(6.5, _LINE_MM / len(scene.place))
    head_size = min(7.0, _LINE_MM / max(len(hospital), 1))
    left = (width - _CODE_MM) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{_attribute(scene.name)}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f"{_line(hospital, 13, head_size, '#0b655e', 600)}"
        f'<svg x="{left}" y="24" width="{_CODE_MM}" height="{_CODE_MM}" {_modules(scene.url)}</svg>'
        f"{_line(scene.name, 111, title_size, '#000', 700)}"
        f"{_line(scene.place, 123, place_size, '#222', 400)}"
        f"{_line('打开微信，扫一扫', 138, 6, '#0b655e', 600)}"
        "</svg>"
    )


def _modules(url: str) -> str:
    """The dark modules as one path, with the rest of the opening tag of the svg element around them."""
    code = segno.make(url, error="m")
    rows = list(code.matrix_iter(border=0))
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on)
    return f'viewBox="0 0 {len(rows)} {len(rows)}" shape-rendering="crispEdges"><path d="{dark}" fill="#000"/>'


def _line(text: str, y: float, size: float, colour: str, weight: int) -> str:
    font = "font-family=\"'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\""
    return (
        f'<text x="{_PAGE_MM[0] / 2}" y="{y}" text-anchor="middle" font-size="{size:.2f}" font-weight="{weight}" '
        f'fill="{colour}" {font}>{escape(text)}</text>'
    )


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
