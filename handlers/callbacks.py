"""WeChat calls us: GET to verify the address, POST for each message and event. Always answered within 5 s."""

from handlers.base import RawHandler
from server import errors
from server.conversations import service

MAX_PUSH = 256 * 1024


class WeChatCallback(RawHandler):
    """/wechat/callback"""

    def get(self) -> None:
        """Echo the `echostr` of a genuine verification; 403 otherwise."""
        try:
            echo = self.app.wechat.check_address(self._query())
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(echo)

    async def post(self) -> None:
        """Keep the push and answer with its passive reply or `success`; 403 when not genuine, 400 for junk."""
        try:
            if len(self.request.body) > MAX_PUSH:
                raise errors.TooLarge()
            callback = self.app.wechat.read_callback(self._query(), self.request.body)
            reply = await service.receive(self.app, callback)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        body = self.app.wechat.write_reply(callback, reply)
        self.set_header("Content-Type", "text/xml; charset=utf-8" if reply else "text/plain; charset=utf-8")
        self.finish(body)

    def _query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}


routes = [("/wechat/callback", WeChatCallback)]
