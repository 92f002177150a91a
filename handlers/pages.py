"""The built front ends: H5 under /h5/, the console under /console/, and the readable API page."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from tornado.web import HTTPError

from handlers.base import RawHandler
from handlers.openapi_page import page


def policy(public_url: str, sandbox_url: str = "", *, framed: bool = False) -> str:
    """The Content-Security-Policy of a page: our own scripts only; framed by nobody but the demo's phone.

    Styles may be inline (both component libraries set them); older Safari needs the socket's address.
    """
    sandbox = f" {sandbox_url}" if sandbox_url else ""
    socket = public_url.replace("http", "ws", 1)
    framers = sandbox_url if framed and sandbox_url else "'none'"
    return (
        f"default-src 'self'; script-src 'self'{sandbox}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{sandbox}; font-src 'self' data:; connect-src 'self' {socket}; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framers}"
    )


class FrontEnd(RawHandler):
    """GET of a built single-page app: its files by name, index.html for every other path."""

    def initialize(self, folder: str, name: str) -> None:  # type: ignore[override]
        """`folder` below the front ends' root; `name` as in the URL."""
        super().initialize(f"/{name}/")
        self.name = name
        self.root = (self.app.settings.front_end_dir / folder).resolve()

    def get(self, path: str = "") -> None:
        """A file, or index.html. Hashed assets are kept for a year, index.html never."""
        wanted = (self.root / path).resolve()
        is_file = bool(path) and wanted.is_relative_to(self.root) and wanted.is_file()
        if not is_file and path.startswith("assets/"):
            raise HTTPError(404)
        file = wanted if is_file else self.root / "index.html"
        if not file.is_file():
            raise HTTPError(404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.set_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        if path.startswith("assets/"):
            self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish(file.read_bytes() if file.name != "index.html" else self._index(file))

    def head(self, path: str = "") -> None:
        """As GET, without the body."""
        self.get(path)

    def _index(self, file: Path) -> bytes:
        sandbox = self.app.settings.sandbox_url
        public = self.app.settings.public_url
        self.set_header("Content-Security-Policy", policy(public, sandbox, framed=self.name == "h5"))
        page = file.read_bytes()
        if sandbox and self.name == "h5":  # WeChat injects its bridge into every page; so does the simulated phone
            page = page.replace(b"<head>", f'<head><script src="{sandbox}/sandbox/bridge.js"></script>'.encode(), 1)
        return page


class ApiPage(RawHandler):
    """GET /api/docs: the API description, to read."""

    def get(self) -> None:
        """A page without scripts from elsewhere."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", policy(self.app.settings.public_url))
        self.finish(page(self.settings["openapi"]))


class ApiDescription(RawHandler):
    """GET /api/openapi.json."""

    def get(self) -> None:
        """OpenAPI 3.1."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(self.settings["openapi_json"])


class ToSandbox(RawHandler):
    """GET /sandbox/…: in the demonstration, over to the simulated platform."""

    def get(self) -> None:
        """302 there; 404 where nothing is simulated."""
        sandbox = self.app.settings.sandbox_url
        if not sandbox:
            raise HTTPError(404)
        parts = urlsplit(self.request.uri or "")
        self.redirect(f"{sandbox}{parts.path}" + (f"?{parts.query}" if parts.query else ""))


class Home(RawHandler):
    """GET /: where a visitor wants to go."""

    def get(self) -> None:
        """302 to the phone in the demonstration, to the patients' pages otherwise."""
        self.redirect("/sandbox/phone" if self.app.settings.sandbox_url else "/h5/")


routes = [
    ("/", Home),
    ("/h5", FrontEnd, {"folder": "patient/dist/build/h5", "name": "h5"}),
    ("/h5/(.*)", FrontEnd, {"folder": "patient/dist/build/h5", "name": "h5"}),
    ("/console", FrontEnd, {"folder": "console/dist", "name": "console"}),
    ("/console/(.*)", FrontEnd, {"folder": "console/dist", "name": "console"}),
    ("/api/docs", ApiPage),
    ("/api/openapi.json", ApiDescription),
    ("/sandbox/.*", ToSandbox),
]
