"""The platform's last words: on what we sent, published, asked, had checked; on our account's verification."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from server.wechat_events.base import Count, Moment, Name, Part, Push, listed, within


class TemplateEnded(Push):
    """The last word on a template message: `success`, `failed:user block`, `failed: system failed`."""

    names = ("templatesendjobfinish",)
    msg_id: Name = Field(alias="MsgID")
    status: Name = Field(alias="Status")

    @property
    def arrived(self) -> bool:
        """Whether the person received it."""
        return self.status.strip().casefold() == "success"


class ArticleUrl(Part):
    index: Count = Field(alias="ArticleIdx")
    url: str = Field(alias="ArticleUrl")


class MassEnded(Push):
    """The last word on a mass send. Codes of `status`: WECHAT.md 1."""

    names = ("masssendjobfinish",)
    msg_id: Name = Field(alias="MsgID")
    status: str = Field(alias="Status")
    total: Count | None = Field(None, alias="TotalCount")
    filtered: Count | None = Field(None, alias="FilterCount")
    sent: Count | None = Field(None, alias="SentCount")
    failed: Count | None = Field(None, alias="ErrorCount")
    urls: Annotated[list[ArticleUrl], BeforeValidator(listed), within("ResultList", "item")] = Field(
        [], alias="ArticleUrlResult"
    )


class PublishedArticle(Part):
    index: Count = Field(alias="idx")
    url: str = Field(alias="article_url")


class Publication(Part):
    """`status`: 0 done, 1 under way, 2 original check failed, 3 failed, 4 audit rejected, 5 deleted, 6 banned."""

    publish_id: Name
    status: Count = Field(alias="publish_status")
    article_id: str = ""
    articles: Annotated[list[PublishedArticle], BeforeValidator(listed), within("item")] = Field(
        [], alias="article_detail"
    )
    failed: Annotated[list[int], BeforeValidator(listed)] = Field([], alias="fail_idx")


class PublishEnded(Push):
    """The last word on a publication. An old page of the documentation calls it FREEPUBLISHJOBFINISH."""

    names = ("publishjobfinish", "freepublishjobfinish")
    publication: Publication = Field(alias="PublishEventInfo")


class Verdict(Part):
    suggest: Literal["pass", "review", "risky"]
    label: str = ""


class MediaChecked(Push):
    """What WeChat found in a picture or sound that we had it look at."""

    names = ("wxa_media_check",)
    appid: str = ""
    trace_id: Name
    verdict: Verdict = Field(alias="result")


class VerificationPassed(Push):
    """Qualification or name of the account were accepted, until then."""

    names = ("qualification_verify_success", "naming_verify_success")
    event: str = Field(alias="Event")
    until: Moment = Field(alias="ExpiredTime")


class VerificationFailed(Push):
    names = ("qualification_verify_fail", "naming_verify_fail")
    event: str = Field(alias="Event")
    failed_at: Moment = Field(alias="FailTime")
    why: str = Field("", alias="FailReason")


class VerificationEnds(Push):
    """The yearly verification is due (annual_renew) or has run out (verify_expired)."""

    names = ("annual_renew", "verify_expired")
    event: str = Field(alias="Event")
    until: Moment = Field(alias="ExpiredTime")


class MiniVerification(Push):
    """A step in the verification of the mini-program: weapp_verify_…, wx_verify_…"""

    event: str = Field(alias="Event")
