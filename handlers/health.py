"""Whether this process lives (/healthz) and can do its work (/readyz)."""

import json

from handlers.base import RawHandler
from server.health import why_not_ready


class Healthz(RawHandler):
    """GET /healthz: the process answers."""

    def get(self) -> None:
        """200 {"status": "ok"}."""
        self.reply(200, b'{"status":"ok"}')


class Readyz(RawHandler):
    """GET /readyz: MongoDB is a replica set that answers, migrated; Redis is told but not needed."""

    async def get(self) -> None:
        """200 when ready, 503 with the reasons otherwise."""
        reasons, notes = await why_not_ready(self.app)
        body = {"status": "not_ready" if reasons else "ready", "reasons": reasons, "notes": notes}
        self.reply(503 if reasons else 200, json.dumps(body, ensure_ascii=False).encode())


routes = [("/healthz", Healthz), ("/readyz", Readyz)]
