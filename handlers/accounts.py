"""Patients' side of logging in: WeChat OAuth for the H5 pages, wx.login for the mini-program, and myself."""

from urllib.parse import quote, unquote

from handlers.base import ApiHandler, RawHandler
from handlers.endpoint import endpoint, route
from server import errors
from server.accounts import service
from server.accounts.models import (
    JsConfig,
    LoginFailed,
    MiniLogin,
    MiniSession,
    OwnPhone,
    PageAddress,
    PhoneButton,
    PhoneNotShared,
    Preferences,
    SnapshotAccount,
)
from server.security import same
from server.values import new_token

STATE_COOKIE = "sz_oauth"
PROBLEM = "/h5/pages/sorry/index?why="


def _is_ours(to: str) -> bool:
    """Whether this leads to one of our pages, and nowhere else."""
    return to.startswith("/h5/") and "\\" not in to and "//" not in to and len(to) <= 512


class Enter(RawHandler):
    """GET /wechat/enter?to=/h5/…: every way into the H5 pages; asks WeChat silently who is holding the phone."""

    def get(self) -> None:
        """302 to WeChat's authorize page with a one-time state bound to this browser."""
        to = self.get_query_argument("to", "/h5/")
        if not _is_ours(to):
            return self.refuse(errors.Invalid(fields=["to"]))
        state = new_token().replace("-", "0").replace("_", "0")
        secure = self.app.settings.secure_cookies
        value = quote(f"{state} {to}")
        self.set_cookie(STATE_COOKIE, value, httponly=True, secure=secure, samesite="Lax", max_age=600, path="/wechat/")
        back = f"{self.app.settings.public_url}/wechat/oauth"
        self.redirect(self.app.wechat.authorize_url(back, state))


class OAuth(RawHandler):
    """GET /wechat/oauth?code&state: WeChat sends the phone back here."""

    async def get(self) -> None:
        """302 to the page that was asked for, logged in; to the problem page when it did not work."""
        from_cookie = self.get_cookie(STATE_COOKIE) or ""
        kept, _, to = unquote(from_cookie).partition(" ")
        self.clear_cookie(STATE_COOKIE, path="/wechat/")
        code, state = self.get_query_argument("code", ""), self.get_query_argument("state", "")
        if not kept or not same(kept, state) or not code or not _is_ours(to):  # cookies can be planted
            return self.redirect(PROBLEM + "session")
        try:
            token, xsrf = await service.log_in_by_oauth(self.app, code, state, address=self.request.remote_ip or "")
        except SnapshotAccount:
            return self.redirect(PROBLEM + "snapshot")
        except errors.Refusal:
            return self.redirect(PROBLEM + "session")
        self.open_cookies("account", token, xsrf)
        self.redirect(to)


class MiniProgramSession(ApiHandler):
    @endpoint(scope=None, status=201, refusals=(LoginFailed, SnapshotAccount))
    async def post(self, body: MiniLogin) -> MiniSession:
        """Log in to the mini-program with the code of wx.login."""
        address = self.request.remote_ip or ""
        return await service.log_in_to_mini_program(self.app, body.code, address=address)


class Session(ApiHandler):
    @endpoint(scope="patient", status=204)
    async def delete(self) -> None:
        """Log out."""
        await service.log_out(self.app, self.token)
        self.clear_cookies("account")


class MyPreferences(ApiHandler):
    @endpoint(scope="patient", status=204)
    async def put(self, body: Preferences) -> None:
        """Remember large or normal type."""
        await service.prefer(self.app, body.large_type, by=self.actor)


class WeChatPhone(ApiHandler):
    @endpoint(scope="patient", refusals=(PhoneNotShared,))
    async def post(self, body: PhoneButton) -> OwnPhone:
        """The number behind the mini-program's phone button, to fill a form with."""
        return await service.own_phone(self.app, body.code, by=self.actor)


class JsSdk(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: PageAddress) -> JsConfig:
        """What wx.config needs for one of our pages."""
        return await service.js_config(self.app, query.url)


routes = [
    ("/wechat/enter", Enter),
    ("/wechat/oauth", OAuth),
    route("/api/session/mini-program", MiniProgramSession),
    route("/api/session", Session),
    route("/api/me/preferences", MyPreferences),
    route("/api/me/wechat-phone", WeChatPhone),
    route("/api/wechat/js-config", JsSdk),
]
