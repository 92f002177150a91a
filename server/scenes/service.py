"""Make scene QR codes, hand out their pictures, and count who came through them: numbers, never names."""

from collections.abc import Sequence

from server import audit, errors, inbox
from server.accounts import service as accounts
from server.context import Actor, App, Event
from server.db import Tx
from server.scenes import rules, store
from server.scenes.models import Scene, SceneChange, SceneDays, SceneInput, SceneRow, Scenes, WeChatRefusedScene
from server.staff import service as staff
from server.values import plus_days, shanghai_date
from server.wechat_events import Followed, Push, Scanned


async def listed(app: App, *, by: Actor) -> Scenes:
    """All codes with their numbers."""
    scenes, counted = await store.all_scenes(app), await store.totals(app)
    following = await accounts.count_following_by_scene(app)
    names = await staff.names(app, {scene.by for scene in scenes})
    return Scenes(items=[_row(s, counted.get(s.id, (0, 0)), following.get(s.id, 0), names) for s in scenes])


def _row(scene: Scene, counted: tuple[int, int], following: int, names: dict[str, str]) -> SceneRow:
    numbers = {"scans": counted[0], "new_followers": counted[1], "still_following": following}
    return SceneRow.model_validate(scene.model_dump() | numbers | {"by": names.get(scene.by, "系统")}, extra="ignore")


async def make(app: App, wish: SceneInput, *, by: Actor) -> SceneRow:
    """Have WeChat make a permanent code. WeChatRefusedScene."""
    scene_id = app.new_id()
    try:
        url = await app.wechat.scene_qr(scene_id)
    except errors.Foreign as refusal:
        if refusal.again == "never":
            raise WeChatRefusedScene() from refusal
        raise
    scene = Scene(**wish.model_dump(), id=scene_id, url=url, created_at=app.now(), by=by.id)

    async def keep(tx: Tx) -> None:
        await store.add(app, scene, tx=tx)
        await audit.record(app, by, "scenes.make", why=scene_id, tx=tx)

    await app.db.transact(keep)
    return _row(scene, (0, 0), 0, await staff.names(app, {by.id}))


async def make_first(app: App, wishes: Sequence[SceneInput], *, by: Actor) -> None:
    """Give a new installation its first codes; nothing when it has any."""
    if not await store.all_scenes(app):
        for wish in wishes:
            await make(app, wish, by=by)


async def change(app: App, scene_id: str, wish: SceneChange, *, by: Actor) -> Scenes:
    """Call it otherwise, lead elsewhere, take out of use or back; the printed code stays. NotFound."""
    scene = await _scene(app, scene_id)
    retired_at = (scene.retired_at or app.now()) if wish.retired else None

    async def keep(tx: Tx) -> None:
        await store.change(app, scene_id, wish.model_dump(exclude={"retired"}) | {"retired_at": retired_at}, tx=tx)
        await audit.record(app, by, "scenes.change", why=scene_id, tx=tx)

    await app.db.transact(keep)
    return await listed(app, by=by)


async def days(app: App, scene_id: str, *, by: Actor) -> SceneDays:
    """The last thirty days of a code. NotFound."""
    await _scene(app, scene_id)
    today = shanghai_date(app.now())
    counted = await store.by_day(app, scene_id, plus_days(today, 1 - rules.DAYS))
    return SceneDays(items=rules.days_until(today, counted))


async def picture(app: App, scene_id: str, *, by: Actor) -> bytes:
    """The code as PNG. NotFound."""
    return rules.picture((await _scene(app, scene_id)).url)


async def card(app: App, scene_id: str, *, by: Actor) -> str:
    """An A6 card to print, as SVG. NotFound."""
    return rules.card(await _scene(app, scene_id), app.settings.hospital_name)


async def _scene(app: App, scene_id: str) -> Scene:
    scene = await store.get(app, scene_id)
    if scene is None:
        raise errors.NotFound()
    return scene


async def greeting(app: App, push: Push) -> str | None:
    """What a person who came through one of our codes is told, or None."""
    scene_id = _scene_of(push)
    scene = await store.get(app, scene_id) if scene_id else None
    return rules.greeting(scene, app.settings.public_url) if scene else None


def _scene_of(push: Push) -> str | None:
    return push.scene if isinstance(push, Followed | Scanned) else None


async def take_visit(app: App, event: Event) -> None:
    """Somebody followed, or scanned while following: count it for the code, if it is one of ours.

    The visit does not say who; his account says through which code he follows, and goes with him.
    """
    push = inbox.push_of(app, event)
    if not isinstance(push, Followed | Scanned):
        return
    scene_id = _scene_of(push)
    scene = await store.get(app, scene_id) if scene_id else None
    fresh = isinstance(push, Followed)
    if fresh:
        account = await accounts.enter(app, inbox.whom(event, push))
        await accounts.note_came_by(app, account.id, scene.id if scene else None, at=push.at)
    if scene:
        visit = {"_id": event.id, "scene_id": scene.id, "at": push.at, "on": shanghai_date(push.at)}
        await store.add_visit(app, visit | {"new_follower": fresh})
