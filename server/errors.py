"""Every way a use-case can refuse.

A refusal has a stable `code` for programs and a Chinese `message` that tells a person
what to do. What kind of refusal it is (missing, forbidden, conflicting, ...) is its base
class; the HTTP status of a kind is the handlers' business, see `handlers/base.py`.
"""

from typing import ClassVar, Literal

Again = Literal["never", "later", "unknown"]


class Refusal(Exception):
    """Base of all refusals; never raised itself."""

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "请求未被接受。"

    def __init__(self, **details: object) -> None:
        super().__init__(self.code)
        self.details = details


class Invalid(Refusal):
    code, message = "invalid", "填写的内容有误，请检查后再提交。"


class NotFound(Refusal):
    code, message = "not_found", "没有找到相关内容，可能已被删除。"


class Forbidden(Refusal):
    code, message = "forbidden", "您没有权限进行此操作。"


class Unauthenticated(Refusal):
    code, message = "unauthenticated", "登录已失效，请重新进入。"


class Conflict(Refusal):
    code, message = "conflict", "内容已被他人更改，请刷新后再试。"


class TooLarge(Refusal):
    code, message = "too_large", "提交的内容太大，请减少后再试。"


class TooMany(Refusal):
    code, message = "too_many", "操作太频繁，请稍后再试。"


class Unavailable(Refusal):
    code, message = "unavailable", "系统暂时繁忙，请稍后再试。"


class Foreign(Unavailable):
    """A foreign system (WeChat, WeChat Pay, HIS, SMS) refused, failed or did not answer.

    `foreign_code` is that system's own code. `again` says what a caller may do:
    `never` (the same request will be refused again), `later` (it had no effect: retry with
    backoff), `unknown` (it may have had an effect: ask, or repeat with the same number).
    """

    code, message = "foreign_unavailable", "外部系统暂时没有回应，请稍后再试。"

    def __init__(self, system: str, foreign_code: str, again: Again) -> None:
        super().__init__(system=system)
        self.system, self.foreign_code, self.again = system, foreign_code, again

    def __str__(self) -> str:
        return f"{self.system}: {self.foreign_code} ({self.again})"


class NotGenuine(Forbidden):
    """A message that claims to come from a foreign system and does not prove it."""

    code, message = "not_genuine", "请求未通过来源校验。"
