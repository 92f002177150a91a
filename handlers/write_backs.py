"""Staff see what the HIS has not answered, and have it tried again."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.values import Id
from server.write_backs import service
from server.write_backs.models import NothingToWrite, WriteBackQuery, WriteBacks


class StaffWriteBacks(ApiHandler):
    @endpoint(scope="write_backs")
    async def get(self, query: WriteBackQuery) -> WriteBacks:
        """What the HIS was or is to be told."""
        return await service.listed(self.app, query, by=self.actor)


class StaffWriteBackRetry(ApiHandler):
    @endpoint(scope="write_backs", status=204, refusals=(NotFound, NothingToWrite))
    async def post(self, write_back_id: Id) -> None:
        """Try again now."""
        await service.retry(self.app, write_back_id, by=self.actor)


routes = [
    route("/api/staff/write-backs", StaffWriteBacks),
    route("/api/staff/write-backs/{write_back_id}/retry", StaffWriteBackRetry),
]
