"""Scene QR codes: made, changed, printed and counted by editors."""

from collections.abc import Awaitable
from typing import Any, ClassVar

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server import errors
from server.errors import NotFound
from server.scenes import service
from server.scenes.models import SceneChange, SceneDays, SceneInput, SceneRow, Scenes, WeChatRefusedScene
from server.values import Id


class StaffScenes(ApiHandler):
    @endpoint(scope="scenes")
    async def get(self) -> Scenes:
        """All codes with their numbers: scans, new followers, still following."""
        return await service.listed(self.app, by=self.actor)

    @endpoint(scope="scenes", status=201, refusals=(WeChatRefusedScene,))
    async def post(self, body: SceneInput) -> SceneRow:
        """Make a code."""
        return await service.make(self.app, body, by=self.actor)


class StaffScene(ApiHandler):
    @endpoint(scope="scenes", refusals=(NotFound,))
    async def put(self, body: SceneChange, id: Id) -> Scenes:
        """Rename it, lead it elsewhere, take it out of use or back; the printed code stays as it is."""
        return await service.change(self.app, id, body, by=self.actor)


class StaffSceneDays(ApiHandler):
    @endpoint(scope="scenes", refusals=(NotFound,))
    async def get(self, id: Id) -> SceneDays:
        """Scans and new followers of the last thirty days."""
        return await service.days(self.app, id, by=self.actor)


def _described(name: str, kind: str, summary: str) -> dict[str, Any]:
    refusals: tuple[tuple[str, type[errors.Refusal]], ...] = (
        ("401", errors.Unauthenticated),
        ("403", errors.Forbidden),
        ("404", NotFound),
    )
    return {
        "get": {
            "operationId": f"get_staff_scenes_id_{name}",
            "tags": ["staff/scenes"],
            "summary": summary,
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "完成。", "content": {kind: {}}},
                **{status: {"description": f"`{refusal.code}`: {refusal.message}"} for status, refusal in refusals},
            },
            "security": [{"staff": []}],
            "x-scope": "scenes",
        }
    }


class _File(ApiHandler):
    """A picture of a code for those who may make codes."""

    async def send_file(self, making: Awaitable[bytes | str], kind: str, name: str) -> None:
        """Answer with it; `?download` makes the browser keep it."""
        content = await making
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        if self.get_query_argument("download", None) is not None:
            self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)


class StaffScenePicture(_File):
    described: ClassVar[dict[str, Any]] = _described("picture", "image/png", "The QR code alone.")

    async def get(self, id: str) -> None:
        """PNG; NotFound 404."""
        try:
            await self.admit("scenes")
            await self.send_file(service.picture(self.app, id, by=self.actor), "image/png", f"{id}.png")
        except errors.Refusal as refusal:
            self.refuse(refusal)


class StaffSceneCard(_File):
    described: ClassVar[dict[str, Any]] = _described("card", "image/svg+xml", "An A6 card to print.")

    async def get(self, id: str) -> None:
        """SVG; NotFound 404."""
        try:
            await self.admit("scenes")
            making = service.card(self.app, id, by=self.actor)
            await self.send_file(making, "image/svg+xml; charset=utf-8", f"{id}.svg")
        except errors.Refusal as refusal:
            self.refuse(refusal)


routes = [
    route("/api/staff/scenes", StaffScenes),
    route("/api/staff/scenes/{id}", StaffScene),
    route("/api/staff/scenes/{id}/days", StaffSceneDays),
    route("/api/staff/scenes/{id}/picture", StaffScenePicture),
    route("/api/staff/scenes/{id}/card", StaffSceneCard),
]
