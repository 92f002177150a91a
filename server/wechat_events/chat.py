"""What people write to us, in the account's chat or the mini-program's."""

from pydantic import Field

from server.wechat_events.base import Name, Push


class Said(Push):
    """A person wrote to us."""

    msg_id: Name = Field(alias="MsgId")


class TextSaid(Said):
    """Words. `menu_id`: chosen from a message menu, which opens no customer-service window of 48 hours."""

    names = ("text",)
    content: str = Field(alias="Content")
    menu_id: str | None = Field(None, alias="bizmsgmenuid")


class PictureSaid(Said):
    names = ("image",)
    media_id: str = Field(alias="MediaId")
    url: str = Field("", alias="PicUrl")


class VoiceSaid(Said):
    names = ("voice",)
    media_id: str = Field(alias="MediaId")
    format: str = Field("", alias="Format")
    recognition: str = Field("", alias="Recognition")


class VideoSaid(Said):
    names = ("video", "shortvideo")
    media_id: str = Field(alias="MediaId")
    thumb_media_id: str = Field("", alias="ThumbMediaId")


class PlaceSaid(Said):
    names = ("location",)
    latitude: float = Field(alias="Location_X")
    longitude: float = Field(alias="Location_Y")
    scale: float = Field(0, alias="Scale")
    label: str = Field("", alias="Label")


class LinkSaid(Said):
    names = ("link",)
    title: str = Field("", alias="Title")
    description: str = Field("", alias="Description")
    url: str = Field(alias="Url")


class PageSaid(Said):
    """A card of a mini-program's page, sent in the mini-program's own chat."""

    names = ("miniprogrampage",)
    title: str = Field("", alias="Title")
    appid: str = Field(alias="AppId")
    page: str = Field(alias="PagePath")


class MiniEntered(Push):
    """A person opened the mini-program's customer-service chat."""

    names = ("user_enter_tempsession",)
    source: str = Field("", alias="SessionFrom")
