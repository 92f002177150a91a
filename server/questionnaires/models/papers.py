"""Questionnaires, their drafts and the library, as kept and as staff read them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.questionnaires.models.forms import Fhir, Form, GivenAnswers, Kind, Sex, ShownAnswer, Warned
from server.questionnaires.models.scores import Expression, Score, Scoring
from server.values import At, Id


class Derived(BaseModel):
    """What is read off a questionnaire's bytes; made again from them at any time."""

    by: int
    form: Form
    weights: dict[str, dict[str, float]] = {}
    codings: dict[str, dict[str, Fhir]] = {}
    expressions: list[Expression] = []
    warnings: list[Warned] = []


class Questionnaire(BaseModel):
    """One published version: the derived form, weights per question and option, and the scoring."""

    id: str
    key: str
    version: str
    title: str
    kind: Kind
    derived: Derived
    scoring: Scoring = Scoring()
    status: Literal["published", "retired"] = "published"
    published_at: datetime

    @property
    def form(self) -> Form:
        """What the phone shows."""
        return self.derived.form

    @property
    def weights(self) -> dict[str, dict[str, float]]:
        """Points per question and option."""
        return self.derived.weights


class Received(BaseModel):
    """A questionnaire as it came: the bytes are kept unchanged."""

    raw: bytes
    kind: Kind = "followup"
    scoring: Scoring = Field(default_factory=Scoring)


class Draft(BaseModel):
    """A questionnaire being written. `authors` are all who changed it: none of them may approve it."""

    id: str
    state: Literal["draft", "waiting"] = "draft"
    raw: bytes
    kind: Kind = "followup"
    scoring: Scoring = Scoring()
    derived: Derived
    needs_approval: bool = False
    department_ids: list[str] = []
    authors: list[str]
    note: str | None = None
    revision: int = 1
    changed_at: datetime


class QuestionnaireSummary(BaseModel):
    id: str
    key: str
    title: str
    version: str
    kind: Kind
    status: Literal["published", "retired"]
    item_count: int
    scored: bool
    warning_count: int
    published_at: At


class Questionnaires(BaseModel):
    items: list[QuestionnaireSummary]


class QuestionnaireQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["published", "retired", "all"] = "published"


class DraftSummary(BaseModel):
    id: str
    key: str
    title: str
    version: str
    kind: Kind
    state: Literal["draft", "waiting"]
    item_count: int
    warning_count: int
    needs_approval: bool
    mine: bool
    changed_at: At


class Drafts(BaseModel):
    items: list[DraftSummary]


class ReadDraft(DraftSummary):
    """A draft with everything the builder shows. `note`: why it was sent back."""

    fhir: Fhir
    scoring: Scoring
    form: Form
    warnings: list[Warned]
    weights: dict[str, dict[str, float]]
    expressions: list[Expression]
    note: str | None
    revision: int
    version_free: bool


class ReadQuestionnaire(QuestionnaireSummary):
    """A published version with everything there is to read of it."""

    fhir: Fhir
    scoring: Scoring
    form: Form
    warnings: list[Warned]
    weights: dict[str, dict[str, float]]
    expressions: list[Expression]


class DraftInput(BaseModel):
    """What the builder saves. Without `fhir` the bytes stay as they are; `revision` is the one it began with."""

    model_config = ConfigDict(extra="forbid")
    fhir: Fhir | None = None
    kind: Kind | None = None
    scoring: Scoring | None = None
    needs_approval: bool | None = None
    revision: int | None = None


class Rejection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class LibraryItem(BaseModel):
    """A questionnaire that ships; `publish` false: not offered by itself, for the reason in `note`."""

    key: str
    title: str
    version: str
    source: str
    licence: str
    note: str
    publish: bool
    in_use: bool


class Library(BaseModel):
    items: list[LibraryItem]


class Trial(BaseModel):
    """Answers to try a questionnaire with, for an invented person."""

    model_config = ConfigDict(extra="forbid")
    answers: GivenAnswers = {}
    sex: Sex | None = None
    age: int | None = Field(None, ge=0, le=130)


class AnswerProblem(BaseModel):
    link_id: str
    problem: str


class TrialResult(BaseModel):
    """What shows, what would be refused, and what comes out."""

    shown: list[str]
    problems: list[AnswerProblem]
    answers: list[ShownAnswer]
    score: Score


class Photo(BaseModel):
    """A photo that was uploaded: its id is what an answer holds."""

    id: Id


class GivenResponse(BaseModel):
    """An imported QuestionnaireResponse: kept with its bytes, read as far as it fits the questionnaire."""

    id: Id
    questionnaire_id: str
    patient_id: str
    warnings: list[Warned]
    answers: list[ShownAnswer]
    score: Score
    at: At
