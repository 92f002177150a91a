"""The documents, outputs and refusals of questionnaires."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors

ItemType = Literal[
    "group", "display", "choice", "multi", "boolean", "integer", "decimal", "string", "text", "date", "slider"
]
Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]
Scalar = str | bool | int | float
Answers = dict[str, Scalar | list[str]]
"""linkId -> value; a list of option values for `multi`."""


class BadQuestionnaire(errors.Invalid):
    code, message = "bad_questionnaire", "问卷格式不正确，无法使用。"


class VersionTaken(errors.Conflict):
    code, message = "version_taken", "这个版本的问卷已经发布，不能更改；请用新的版本号发布。"


class BadAnswers(errors.Invalid):
    code, message = "bad_answers", "有题目还没有填好，请检查标出的题目。"


class Option(BaseModel):
    value: str
    label: str


class Condition(BaseModel):
    """FHIR's enableWhen, with a coding given as its code."""

    question: str
    operator: Operator
    answer: Scalar


class FormItem(BaseModel):
    """One question, heading or group as the phone shows it."""

    link_id: str
    text: str
    type: ItemType
    required: bool = False
    options: list[Option] = []
    min: float | None = None
    max: float | None = None
    step: float | None = None
    unit: str | None = None
    max_length: int | None = None
    enable_when: list[Condition] = []
    enable_behavior: Literal["any", "all"] = "any"
    items: list["FormItem"] = []


class Form(BaseModel):
    """The derived form of one version of a questionnaire."""

    questionnaire_id: str
    version: str
    title: str
    intro: str = ""
    items: list[FormItem]


class Band(BaseModel):
    """A range of scores and what it is called; both ends belong to it."""

    min: float
    max: float
    label: str


class RedFlag(BaseModel):
    """An answer that a person must see soon, whatever the score."""

    link_id: str
    operator: Operator
    answer: Scalar
    text: str


class Scoring(BaseModel):
    """How answers become a score: the sum of the weights of these questions; bands; red flags."""

    model_config = ConfigDict(extra="ignore")
    sum: list[str] = []
    bands: list[Band] = []
    red_flags: list[RedFlag] = []


class Score(BaseModel):
    """What came out. `total` is None where the questionnaire has no score or it cannot be computed."""

    total: float | None = None
    band: str | None = None
    red: list[str] = []

    @property
    def text(self) -> str | None:
        """As people read it: 7 分 · 轻度."""
        if self.total is None:
            return None
        return f"{self.total:g} 分" + (f" · {self.band}" if self.band else "")


class Questionnaire(BaseModel):
    """One published version: the derived form, weights per question and option, and the scoring."""

    id: str
    key: str
    version: str
    title: str
    kind: Literal["followup", "satisfaction"]
    form: Form
    weights: dict[str, dict[str, float]] = {}
    scoring: Scoring = Scoring()
    status: Literal["published", "retired"] = "published"
    published_at: datetime


class QuestionnaireSummary(BaseModel):
    id: str
    title: str
    version: str
    kind: str
    item_count: int


class Questionnaires(BaseModel):
    items: list[QuestionnaireSummary]


class ShownAnswer(BaseModel):
    """One question and its answer in words."""

    link_id: str
    text: str
    answer_text: str
    red: bool


Fhir = dict[str, Any]


class Received(BaseModel):
    """A questionnaire as it came: the bytes are kept unchanged."""

    raw: bytes
    kind: Literal["followup", "satisfaction"] = "followup"
    scoring: Scoring = Field(default_factory=Scoring)
