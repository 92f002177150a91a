"""WeChat calls us: GET to verify the address, POST for each message and event. Always answered within 5 s.

What is refused is refused without a body: whoever sent it was not WeChat.
"""

import asyncio
from typing import Any, ClassVar

from handlers.base import RawHandler, http_status
from server import errors, logs
from server.context import WeChatApp
from server.conversations import service

MAX_PUSH = 256 * 1024
ANSWER_S = 4.5  # WeChat cuts the connection after 5
log = logs.get("callbacks")


class WeChatCallback(RawHandler):
    """/wechat/callback: the service account's."""

    of: ClassVar[WeChatApp] = "service"

    def get(self) -> None:
        """Echo the `echostr` of a genuine verification; 403 otherwise."""
        try:
            echo = self.app.wechat.check_address(self._query(), self.of)
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(echo)

    async def post(self) -> None:
        """Keep the push and answer with its passive reply or `success`; 403 not genuine, 400 junk, 503 too late."""
        try:
            if len(self.request.body) > MAX_PUSH:
                raise errors.TooLarge()
            callback = self.app.wechat.read_callback(self._query(), self.request.body, self.of)
            async with asyncio.timeout(ANSWER_S):
                reply = await service.receive(self.app, callback)
        except TimeoutError:  # not kept for sure: WeChat is to push it again
            return self.refuse(errors.Unavailable())
        except errors.Refusal as refusal:
            return self.refuse(refusal)
        body = self.app.wechat.write_reply(callback, reply)
        self.set_header("Content-Type", "text/xml; charset=utf-8" if reply else "text/plain; charset=utf-8")
        self.finish(body)

    def refuse(self, refusal: errors.Refusal) -> None:
        """A status and nothing else."""
        log.warning("push refused", app=self.of, code=refusal.code, reason=refusal.details.get("reason"))
        self.set_status(http_status(type(refusal)))
        self.finish()

    def write_error(self, status_code: int, **given: Any) -> None:
        """A fault of ours: WeChat pushes again."""
        self.set_status(status_code)
        self.finish()

    def _query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}


class MiniCallback(WeChatCallback):
    """/wechat/mini/callback: the mini-program's."""

    of = "mini"


routes = [("/wechat/callback", WeChatCallback), ("/wechat/mini/callback", MiniCallback)]
