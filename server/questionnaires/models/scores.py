"""Scoring plans as data, and what comes out of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.questionnaires.models.forms import Level, Operator, Scalar, Sex


class Who(BaseModel):
    """For whom a band or a flag counts; ages in full years, `below` not included."""

    model_config = ConfigDict(extra="forbid")
    sex: Sex | None = None
    age_from: int | None = None
    age_below: int | None = None


class About(BaseModel):
    """What a score may depend on besides the answers."""

    sex: Sex | None = None
    age: int | None = None
    birth_on: str | None = None


class Limit(BaseModel):
    """That all these values lie below a number."""

    model_config = ConfigDict(extra="forbid")
    values: list[str]
    below: float


class Band(BaseModel):
    """A range of scores and what it is called; `min` and `max` belong to it, `below` does not."""

    model_config = ConfigDict(extra="forbid")
    min: float
    max: float | None = None
    below: float | None = None
    label: str
    level: Level | None = None
    who: Who | None = None
    requires: list[Limit] = []


class Scale(BaseModel):
    """One value of a plan.

    `reverse`: for these questions x counts as reverse_from - x. `hidden`: what a question that does
    not show counts. `sexes`: questions only for one sex. `least`: how many must be answered (all, if
    not given). `transform` "percent": (raw - lowest) / (highest - lowest) * 100 of `points_from`/`points_to` each.
    """

    model_config = ConfigDict(extra="forbid")
    name: str
    label: str
    items: list[str] = Field(min_length=1)
    method: Literal["sum", "mean", "max"] = "sum"
    reverse: list[str] = []
    reverse_from: float = 0
    sexes: dict[str, Sex] = {}
    hidden: float | None = None
    least: int | None = None
    transform: Literal["percent"] | None = None
    points_from: float = 1
    points_to: float = 5
    decimals: int = 2
    bands: list[Band] = []


class RedFlag(BaseModel):
    """An answer that a person must see soon, whatever the score."""

    model_config = ConfigDict(extra="forbid")
    link_id: str
    operator: Operator
    answer: Scalar
    text: str
    level: Level = "red"
    who: Who | None = None


class Scoring(BaseModel):
    """How answers become scores.

    `sum` and `bands` make the one total; `scales` make further values, and `total` names the one that
    is the total. `points` gives points to options that carry none. `conclude`: the bands that are worth
    saying when there is no total. `publish` false: in the library only, for the reason in `note`.
    """

    model_config = ConfigDict(extra="ignore")
    sum: list[str] = []
    bands: list[Band] = []
    scales: list[Scale] = []
    total: str | None = None
    points: dict[str, dict[str, float]] = {}
    conclude: list[str] = []
    red_flags: list[RedFlag] = []
    publish: bool = True
    source: str = ""
    licence: str = ""
    note: str = ""


class Expression(BaseModel):
    """An imported calculation (SDC calculatedExpression); `why_not` when it is not used."""

    link_id: str
    label: str
    language: str
    text: str
    variables: list[tuple[str, str]] = []
    why_not: str | None = None


class ScoreValue(BaseModel):
    """One computed value; `why_not` says in words why there is no total or no band."""

    name: str
    label: str
    total: float | None = None
    band: str | None = None
    why_not: str | None = None


class Raised(BaseModel):
    """A flag that was raised by an answer (`link_id`) or by the band of a value (its name)."""

    link_id: str
    text: str
    level: Level = "red"


class Score(BaseModel):
    """What came out. `total` is None where the questionnaire has no score or it cannot be computed."""

    values: list[ScoreValue] = []
    total: float | None = None
    band: str | None = None
    red: list[Raised] = []

    @field_validator("red", mode="before")
    @classmethod
    def of_before(cls, given: Any) -> Any:
        """Scores kept by earlier versions name the texts only."""
        return [{"link_id": "", "text": r} if isinstance(r, str) else r for r in given] if given else []

    @property
    def urgent(self) -> bool:
        """Whether a flag of the highest level was raised."""
        return any(flag.level == "red" for flag in self.red)

    @property
    def text(self) -> str | None:
        """As people read it: 7 分 · 轻度."""
        if self.total is None:
            return self.band
        return f"{self.total:g} 分" + (f" · {self.band}" if self.band else "")
