"""WeChat Pay calls us: payments and refunds. Answer 204, or FAIL to be called again."""

import json
from typing import Any

from handlers.base import RawHandler, http_status
from server import errors, logs
from server.payments import service

log = logs.get("pay_callbacks")


class PayNotify(RawHandler):
    """POST /wechat/pay/notify and /wechat/pay/refund-notify: one signed, sealed notification."""

    async def post(self) -> None:
        """204 when it is taken note of; 4xx or 5xx with {"code": "FAIL"} otherwise."""
        try:
            await service.take_notification(self.app, self.request.headers, self.request.body)
        except errors.Refusal as refusal:
            log.warning("notification refused", code=refusal.code)
            return self.fail(http_status(type(refusal)), refusal.message)
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **given: Any) -> None:
        """A fault of ours: WeChat Pay is to call again."""
        self.fail(status_code, errors.Unavailable.message)

    def fail(self, status: int, message: str) -> None:
        """Answer as WeChat Pay expects it."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps({"code": "FAIL", "message": message}, ensure_ascii=False))


routes = [("/wechat/pay/notify", PayNotify), ("/wechat/pay/refund-notify", PayNotify)]
