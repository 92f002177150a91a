"""Staff log in, change their password, and are managed by an administrator."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.staff import service
from server.staff.models import (
    LastAdmin,
    Locked,
    Login,
    Me,
    Member,
    MemberChange,
    Members,
    NewMember,
    PasswordChange,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
)
from server.values import Id


class StaffSession(ApiHandler):
    @endpoint(scope=None, refusals=(WrongPassword, Locked))
    async def post(self, body: Login) -> Me:
        """Log in."""
        token, xsrf, me = await service.log_in(self.app, body, address=self.request.remote_ip or "")
        self.open_cookies("staff", token, xsrf)
        return me

    @endpoint(scope="password")
    async def get(self) -> Me:
        """Who is logged in, with his scopes."""
        return await service.me(self.app, by=self.actor)

    @endpoint(scope="password", status=204)
    async def delete(self) -> None:
        """Log out."""
        await service.log_out(self.app, self.token)
        self.clear_cookies("staff")


class StaffPassword(ApiHandler):
    @endpoint(scope="password", status=204, refusals=(WrongPassword, WeakPassword))
    async def put(self, body: PasswordChange) -> None:
        """Change my password; all my sessions end."""
        await service.change_password(self.app, body, by=self.actor)
        self.clear_cookies("staff")


class StaffMembers(ApiHandler):
    @endpoint(scope="staff.manage")
    async def get(self) -> Members:
        """All members."""
        return await service.members(self.app, by=self.actor)

    @endpoint(scope="staff.manage", status=201, refusals=(UsernameTaken, WeakPassword))
    async def post(self, body: NewMember) -> Member:
        """Add a member."""
        return await service.add_member(self.app, body, by=self.actor)


class StaffMember(ApiHandler):
    @endpoint(scope="staff.manage", refusals=(NotFound, LastAdmin, WeakPassword))
    async def put(self, body: MemberChange, member_id: Id) -> Member:
        """Change a member; his sessions end when his rights change."""
        return await service.change_member(self.app, member_id, body, by=self.actor)


routes = [
    route("/api/staff/session", StaffSession),
    route("/api/staff/password", StaffPassword),
    route("/api/staff/members", StaffMembers),
    route("/api/staff/members/{member_id}", StaffMember),
]
