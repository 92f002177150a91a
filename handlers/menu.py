"""The account's menu: draft, publication, versions, and back to one of them."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.menu import service
from server.menu.models import (
    BadMenu,
    BeingPublished,
    ChangedInWeChat,
    MenuDraft,
    MenuState,
    NoSuchVersion,
    Publication,
    PublishedMenu,
    Tags,
    Version,
)

NOT_PUBLISHED = (BadMenu, BeingPublished, ChangedInWeChat)


class StaffMenu(ApiHandler):
    @endpoint(scope="menu")
    async def get(self) -> MenuState:
        """The draft, what WeChat shows followers now, and the difference."""
        return await service.state(self.app, by=self.actor)

    @endpoint(scope="menu", refusals=(BadMenu,))
    async def put(self, body: MenuDraft) -> MenuState:
        """Save the draft."""
        return await service.save(self.app, body.menu, by=self.actor)


class MenuPublication(ApiHandler):
    @endpoint(scope="menu", status=201, refusals=NOT_PUBLISHED)
    async def post(self, body: Publication) -> Version:
        """Publish the draft to WeChat as a new version."""
        return await service.publish(self.app, over=body.over, by=self.actor)


class MenuRemoval(ApiHandler):
    @endpoint(scope="menu", status=201, refusals=NOT_PUBLISHED)
    async def post(self, body: Publication) -> Version:
        """Take the menu away from all followers; the draft stays."""
        return await service.take_away(self.app, over=body.over, by=self.actor)


class MenuVersion(ApiHandler):
    @endpoint(scope="menu", refusals=(NoSuchVersion,))
    async def get(self, version: int) -> PublishedMenu:
        """One version with its menu."""
        return await service.read(self.app, version, by=self.actor)


class MenuRestoration(ApiHandler):
    @endpoint(scope="menu", refusals=(NoSuchVersion,))
    async def post(self, version: int) -> MenuState:
        """Make an earlier version the draft."""
        return await service.restore(self.app, version, by=self.actor)


class MenuRollBack(ApiHandler):
    @endpoint(scope="menu", status=201, refusals=(NoSuchVersion, *NOT_PUBLISHED))
    async def post(self, body: Publication, version: int) -> Version:
        """Publish an earlier version at once, as a new version that says so."""
        return await service.roll_back(self.app, version, over=body.over, by=self.actor)


class MenuTags(ApiHandler):
    @endpoint(scope="menu")
    async def get(self) -> Tags:
        """The account's tags, for menus that only some people see."""
        return await service.tags(self.app, by=self.actor)


routes = [
    route("/api/staff/menu", StaffMenu),
    route("/api/staff/menu/publication", MenuPublication),
    route("/api/staff/menu/removal", MenuRemoval),
    route("/api/staff/menu/tags", MenuTags),
    route("/api/staff/menu/versions/{version}", MenuVersion),
    route("/api/staff/menu/versions/{version}/restore", MenuRestoration),
    route("/api/staff/menu/versions/{version}/roll-back", MenuRollBack),
]
