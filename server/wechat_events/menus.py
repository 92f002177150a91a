"""Following, scanning codes, tapping the menu."""

from pydantic import Field

from server.wechat_events.base import Count, Name, Part, Push


class Followed(Push):
    """Somebody follows; through which scene QR code, when through one."""

    names = ("subscribe",)
    key: str = Field("", alias="EventKey")
    ticket: str = Field("", alias="Ticket")

    @property
    def scene(self) -> str | None:
        """The scene, without WeChat's prefix."""
        return self.key.removeprefix("qrscene_") if self.key.startswith("qrscene_") else None


class Left(Push):
    names = ("unsubscribe",)


class Scanned(Push):
    """A follower scanned one of our QR codes."""

    names = ("scan",)
    scene: Name = Field(alias="EventKey")
    ticket: str = Field("", alias="Ticket")


class Located(Push):
    """Where a person is, as he allowed us to be told."""

    names = ("location",)
    latitude: float = Field(alias="Latitude")
    longitude: float = Field(alias="Longitude")
    precision: float = Field(0, alias="Precision")


class MenuClicked(Push):
    names = ("click",)
    key: Name = Field(alias="EventKey")


class MenuViewed(Push):
    names = ("view",)
    url: Name = Field(alias="EventKey")
    menu_id: str = Field("", alias="MenuId")


class MenuOpenedMini(Push):
    names = ("view_miniprogram",)
    page: Name = Field(alias="EventKey")
    menu_id: str = Field("", alias="MenuId")


class ScanResult(Part):
    kind: str = Field("", alias="ScanType")
    text: str = Field(alias="ScanResult")


class MenuScanned(Push):
    """A code scanned through a button of the menu; `waits`: the person waits for what we say to it."""

    names = ("scancode_push", "scancode_waitmsg")
    event: str = Field(alias="Event")
    key: Name = Field(alias="EventKey")
    result: ScanResult = Field(alias="ScanCodeInfo")

    @property
    def waits(self) -> bool:
        """Whether an answer is shown to the person."""
        return self.event.casefold() == "scancode_waitmsg"


class PicturesInfo(Part):
    count: Count = Field(alias="Count")


class MenuPictures(Push):
    """Pictures are being sent through a button of the menu; they come as messages of their own."""

    names = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    key: Name = Field(alias="EventKey")
    pictures: PicturesInfo = Field(alias="SendPicsInfo")


class PlaceInfo(Part):
    latitude: float = Field(alias="Location_X")
    longitude: float = Field(alias="Location_Y")
    label: str = Field("", alias="Label")
    name: str = Field("", alias="Poiname")


class MenuPlace(Push):
    names = ("location_select",)
    key: Name = Field(alias="EventKey")
    place: PlaceInfo = Field(alias="SendLocationInfo")
