"""Staff log in, change their password, and are managed by an administrator."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.staff import service
from server.staff.models import (
    BadPhone,
    LastAdmin,
    Locked,
    Login,
    Me,
    Member,
    MemberChange,
    Members,
    MyPhone,
    MyReach,
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


class MyReachPage(ApiHandler):
    @endpoint(scope="staff")
    async def get(self) -> MyReach:
        """How I am reached by alerts when I am not at the console."""
        return await service.my_reach(self.app, by=self.actor)

    @endpoint(scope="staff", refusals=(BadPhone,))
    async def put(self, body: MyPhone) -> MyReach:
        """Set or remove my mobile for alerts."""
        return await service.set_phone(self.app, body, by=self.actor)


class MyWeChat(ApiHandler):
    @endpoint(scope="staff")
    async def post(self) -> MyReach:
        """A code to link my own WeChat."""
        return await service.show_link_code(self.app, by=self.actor)

    @endpoint(scope="staff")
    async def delete(self) -> MyReach:
        """Alerts do not come to my WeChat any more."""
        return await service.unlink(self.app, by=self.actor)


routes = [
    route("/api/staff/session", StaffSession),
    route("/api/staff/password", StaffPassword),
    route("/api/staff/reach", MyReachPage),
    route("/api/staff/reach/wechat", MyWeChat),
    route("/api/staff/members", StaffMembers),
    route("/api/staff/members/{member_id}", StaffMember),
]
