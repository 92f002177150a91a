"""What people allow and take back: subscriptions to messages, authorisations, their WeChat account itself."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from server.wechat_events.base import Name, Part, Push, codes, listed


class Choice(Part):
    """What a person answered for one template: accept, reject, and whatever WeChat invents."""

    template_id: Name = Field(alias="TemplateId")
    answer: Name = Field(alias="SubscribeStatusString")
    scene: str = Field("", alias="PopupScene")


class SentTo(Part):
    template_id: Name = Field(alias="TemplateId")
    msg_id: Name = Field(alias="MsgID")
    code: Name = Field(alias="ErrorCode")
    status: str = Field("", alias="ErrorStatus")

    @property
    def arrived(self) -> bool:
        """Whether the person received it."""
        return self.code == "0"


_List = Annotated[list[Choice], Field(min_length=1), BeforeValidator(listed)]
_SentList = Annotated[list[SentTo], Field(min_length=1), BeforeValidator(listed)]


class SubscriptionAsked(Push):
    """Answers to a pop-up that asked whether we may send a message: each `accept` allows one."""

    names = ("subscribe_msg_popup_event",)
    wrapped_in: ClassVar[str] = "SubscribeMsgPopupEvent"
    choices: _List = Field(alias="List")


class SubscriptionChanged(Push):
    """A person switched messages off (`reject`) in the settings."""

    names = ("subscribe_msg_change_event",)
    wrapped_in: ClassVar[str] = "SubscribeMsgChangeEvent"
    choices: _List = Field(alias="List")


class SubscriptionSent(Push):
    """The last word on subscribed messages."""

    names = ("subscribe_msg_sent_event",)
    wrapped_in: ClassVar[str] = "SubscribeMsgSentEvent"
    results: _SentList = Field(alias="List")


class AboutPerson(Push):
    """News of a person who is not the sender: the platform itself is."""

    person: Name = Field(alias="OpenID")
    appid: str = Field("", alias="AppID")

    @property
    def openid(self) -> str:
        """Whom it is about."""
        return self.person


class ProfileChanged(AboutPerson):
    """Name or portrait were changed or cleared. We keep neither."""

    names = ("user_info_modified",)


class AuthorizationRevoked(AboutPerson):
    """A person took an authorisation back (`what`: WeChat's codes): what we hold of him must go."""

    names = ("user_authorization_revoke",)
    what: Annotated[list[str], BeforeValidator(codes)] = Field([], alias="RevokeInfo")


class AuthorizationCancelled(AboutPerson):
    """A person closed his WeChat account: what we hold of him must go."""

    names = ("user_authorization_cancellation",)
