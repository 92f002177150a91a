"""The account's menu: draft, publication, versions."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.menu import service
from server.menu.models import BadMenu, BeingPublished, MenuDraft, MenuState, NoSuchVersion, Version


class StaffMenu(ApiHandler):
    @endpoint(scope="menu")
    async def get(self) -> MenuState:
        """The draft, what followers see now, and the difference."""
        return await service.state(self.app, by=self.actor)

    @endpoint(scope="menu", refusals=(BadMenu,))
    async def put(self, body: MenuDraft) -> MenuState:
        """Save the draft."""
        return await service.save(self.app, body.menu, by=self.actor)


class MenuPublication(ApiHandler):
    @endpoint(scope="menu", status=201, refusals=(BadMenu, BeingPublished))
    async def post(self) -> Version:
        """Publish the draft to WeChat as a new version."""
        return await service.publish(self.app, by=self.actor)


class MenuRestoration(ApiHandler):
    @endpoint(scope="menu", refusals=(NoSuchVersion,))
    async def post(self, version: int) -> MenuState:
        """Make an earlier version the draft."""
        return await service.restore(self.app, version, by=self.actor)


routes = [
    route("/api/staff/menu", StaffMenu),
    route("/api/staff/menu/publication", MenuPublication),
    route("/api/staff/menu/versions/{version}/restore", MenuRestoration),
]
