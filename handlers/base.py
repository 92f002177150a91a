"""ApiHandler: who is calling, JSON in and out, refusals to HTTP. RawHandler for what is not JSON."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pydantic
from tornado.web import HTTPError, RequestHandler

from handlers.endpoint import Endpoint
from server import errors, logs, replies, sessions
from server.accounts import service as accounts
from server.context import Actor, App
from server.security import same
from server.staff import service as staff
from server.values import SHANGHAI

STATUS: dict[type[errors.Refusal], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
ALWAYS: tuple[type[errors.Refusal], ...] = (
    errors.Invalid,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.Unavailable,
    errors.TooMany,
    errors.TooLarge,
    replies.SameKeyOtherRequest,
    replies.StillRunning,
)
COOKIES = {"account": ("sz_patient", "sz_xsrf"), "staff": ("sz_staff", "sz_staff_xsrf")}
SAFE = ("GET", "HEAD", "OPTIONS")
log = logs.get("http")


class BadXsrf(errors.Forbidden):
    code, message = "bad_xsrf", "页面已过期，请刷新后再试。"


def http_status(kind: type[errors.Refusal]) -> int:
    """The status of the nearest base class in the table."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


class Refused(pydantic.BaseModel):
    """The body of every refusal."""

    code: str
    message: str
    details: dict[str, Any]


class RawHandler(RequestHandler):
    """Base of everything: the App, the caller's address, refusals and faults without a trace of their insides."""

    def initialize(self, template: str = "") -> None:
        """Called by Tornado with the route's arguments."""
        self.template = template
        self.app: App = self.settings["app"]

    def set_default_headers(self) -> None:
        """Answers are not cached, not sniffed, not framed by strangers."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")

    def refuse(self, refusal: errors.Refusal) -> None:
        """Answer with a refusal."""
        body = Refused(code=refusal.code, message=refusal.message, details=refusal.details)
        self.reply(http_status(type(refusal)), body.model_dump_json().encode())

    def reply(self, status: int, body: bytes) -> None:
        """Answer with JSON (or nothing) and the hospital's time."""
        self.set_status(status)
        self.set_header("Suizhen-Now", self.app.now().astimezone(SHANGHAI).isoformat(timespec="milliseconds"))
        if body:
            self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(body or None)

    def open_cookies(self, kind: sessions.Kind, token: str, xsrf: str) -> None:
        """Hand a session to a browser: the token unreadable for scripts, the XSRF token readable."""
        secret, readable = COOKIES[kind]
        age, secure = int(sessions.LASTS[kind].total_seconds()), self.app.settings.secure_cookies
        self.set_cookie(secret, token, httponly=True, secure=secure, samesite="Lax", max_age=age, path="/")
        self.set_cookie(readable, xsrf, secure=secure, samesite="Lax", max_age=age, path="/")

    def clear_cookies(self, kind: str) -> None:
        """Take a session back from a browser."""
        for name in COOKIES[kind]:
            self.clear_cookie(name, path="/")

    def write_error(self, status_code: int, **given: Any) -> None:
        """What Tornado itself refuses, and faults of ours: a code and a sentence, nothing else."""
        text = {404: ("not_found", errors.NotFound.message), 405: ("method_not_allowed", "不支持这种操作。")}
        code, message = text.get(status_code, ("bad_request", errors.Invalid.message))
        if status_code >= 500:
            code, message = "fault", "系统出错了，我们已经记录，请稍后再试。"
        self.reply(status_code, Refused(code=code, message=message, details={}).model_dump_json().encode())

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A fault is logged with where it happened, without the values it happened with."""
        if isinstance(value, HTTPError):
            return
        while tb and tb.tb_next:
            tb = tb.tb_next
        where = f"{tb.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{tb.tb_lineno}" if tb else ""
        log.error("fault", template=self.template, method=self.request.method, error=typ.__name__, where=where)


class ApiHandler(RawHandler):
    """A JSON handler whose methods are declared with @endpoint."""

    strict: ClassVar[bool] = False  # the tests set it: undeclared refusals and wrong outputs are then errors
    max_body: ClassVar[int] = 1024 * 1024
    actor: Actor

    async def serve(self, given: Endpoint, method: Callable[..., Awaitable[Any]], path: dict[str, str]) -> None:
        """Check, parse, call, answer: the way of every declared request."""
        try:
            await self.admit(given.scope)
            arguments = self.parse(given, path)
            kept, key = await self.kept_reply() if given.scope else (None, "")
            if kept:
                return self.reply(kept.status, kept.body)
            try:
                result = await method(**arguments)
                body = b"" if given.returns is None else self.write_out(given.returns, result)
            except BaseException:
                if key:
                    await replies.finish(self.app, key, replies.Reply(500, b""))
                raise
            if key:
                await replies.finish(self.app, key, replies.Reply(given.status, body))
            self.reply(given.status, body)
        except errors.Refusal as refusal:
            if self.strict and not isinstance(refusal, (*ALWAYS, *given.refusals)):
                raise TypeError(f"{type(refusal).__name__} is not declared by {self.template}") from refusal
            self.refuse(refusal)

    async def admit(self, scope: str | None) -> None:
        """Find out who is calling and whether he may; sets `self.actor`."""
        self.actor = Actor("account", "")
        if scope is None:
            return
        kind: sessions.Kind = "staff" if self.template.startswith("/api/staff") else "account"
        header = self.request.headers.get("Authorization", "")
        bearer = header.removeprefix("Bearer ") if kind == "account" and header.startswith("Bearer ") else ""
        self.token = token = bearer or self.get_cookie(COOKIES[kind][0]) or ""
        read = staff.actor_of if kind == "staff" else accounts.actor_of
        found = await read(self.app, token) if token else None
        if found is None:
            raise errors.Unauthenticated()
        self.actor, xsrf = found
        sent = self.request.headers.get("X-Xsrf-Token", "")
        if not bearer and self.request.method not in SAFE and not same(sent, xsrf):
            raise BadXsrf()
        if scope not in self.actor.scopes:
            raise errors.Forbidden()

    def parse(self, given: Endpoint, path: dict[str, str]) -> dict[str, Any]:
        """Path, query and body by their declared types; Invalid names the fields, never their values."""
        try:
            arguments = {name: kind.validate_strings(path[name]) for name, kind in given.path.items()}
            if given.body:
                if len(self.request.body) > self.max_body:
                    raise errors.TooLarge(most_bytes=self.max_body)
                if not self.request.headers.get("Content-Type", "").startswith("application/json"):
                    raise errors.Invalid(fields=["Content-Type: application/json"])
                arguments["body"] = given.body.model_validate_json(self.request.body)
            if given.query:
                asked = {k: self.get_query_argument(k) for k in self.request.query_arguments}
                arguments["query"] = given.query.model_validate_strings(asked)
        except pydantic.ValidationError as error:
            found = [f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)]
            raise errors.Invalid(fields=found) from None
        return arguments

    async def kept_reply(self) -> tuple[replies.Reply | None, str]:
        """The kept answer and the key of a POST that carries an Idempotency-Key."""
        given = self.request.headers.get("Idempotency-Key", "")
        if self.request.method != "POST" or not given:
            return None, ""
        if not given.isascii() or not 8 <= len(given) <= 64:
            raise errors.Invalid(fields=["Idempotency-Key: 8 to 64 characters"])
        key = f"{self.actor.kind}:{self.actor.id}:{self.request.path}:{given}"
        return await replies.begin(self.app, key, hashlib.sha256(self.request.body).hexdigest()), key

    def write_out(self, kind: pydantic.TypeAdapter[Any], result: Any) -> bytes:
        """Serialise an output; the tests validate it as well."""
        return kind.dump_json(kind.validate_python(result, from_attributes=True) if self.strict else result)
