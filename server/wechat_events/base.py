"""What all pushes have in common, and how their values are read: all come as text (XML has nothing else)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fields = dict[str, Any]
LONG_AGO = datetime.fromtimestamp(0, UTC)


def moment(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 11:
        return datetime.fromtimestamp(int(value), UTC)
    raise ValueError("no time in Unix seconds")


def listed(value: object) -> object:
    """WeChat's lists: one element or several, at times an empty text for none."""
    return value if isinstance(value, list) else [] if value in ("", None) else [value]


def codes(value: object) -> object:
    parts = value if isinstance(value, list) else [value]
    return [code for part in parts for code in re.findall(r"[A-Za-z0-9]+", str(part))]


def within(*names: str) -> BeforeValidator:
    """The value some elements deeper: XML wraps its lists (`<List><item>…`)."""

    def unwrap(value: object) -> object:
        for name in names:
            value = value.get(name, "") if isinstance(value, dict) else value
        return value

    return BeforeValidator(unwrap)


Moment = Annotated[datetime, BeforeValidator(moment)]
Name = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A piece of a push."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Push(Part):
    """What every push says: to which of our apps, from whom (openid), when."""

    names: ClassVar[tuple[str, ...]] = ()  # WeChat's names of this kind, in lower case

    to: Name = Field(alias="ToUserName")
    sender: Name = Field(alias="FromUserName")
    at: Moment = Field(alias="CreateTime")

    @property
    def openid(self) -> str:
        """Whom it is about."""
        return self.sender


class Unknown(Push):
    """A push that has no model, or whose fields are odd: kept, answered `success`, and nothing follows from it."""

    to: str = ""
    sender: str = ""
    at: datetime = LONG_AGO
    name: str
    reason: str
    """`unknown`, or `odd: <names of the fields>`; never a value."""
