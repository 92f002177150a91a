"""The documents, inputs, outputs and refusals of alerts and of the duty roster."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from server import errors
from server.values import At, Id

Level = Literal["red", "orange", "yellow"]
Source = Literal["answer", "score", "trend", "silence"]
State = Literal["open", "acknowledged", "resolved"]
Who = Literal["nurse", "doctor", "officer"]
Action = Literal["called", "messaged", "visit", "emergency", "other"]


class AlreadyTaken(errors.Conflict):
    code, message = "already_taken", "这条预警已经有同事接手了，请刷新查看。"


class NotTaken(errors.Conflict):
    code, message = "alert_not_taken", "请先接手这条预警，再写处理结果。"


class AlreadyResolved(errors.Conflict):
    code, message = "already_resolved", "这条预警已经处理完了，不用再处理。"


class NotYours(errors.Forbidden):
    code, message = "not_yours", "这条预警不归您处理，也不是您的患者。"


class NobodyThere(errors.Invalid):
    code, message = "nobody_there", "值班表里有不存在或已停用的员工，请重新选择。"


class Step(BaseModel):
    """Who is told at this step, and within how many minutes one of them must take the alert."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    who: Who
    within_min: int = Field(ge=1, le=10_080)


class Ladder(BaseModel):
    """The steps of a level; the last one is told again and again. Taken, it must be dealt with in `resolve_min`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    level: Level
    steps: list[Step] = Field(min_length=1, max_length=6)
    resolve_min: int = Field(ge=1, le=43_200)


class Watch(BaseModel):
    """What raises an alert beside the red flags of a questionnaire itself.

    score: the total reaches `least`. trend: it rose by `least` since the answer before, at most
    `within_days` ago. silence: `least` tasks in a row were not answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    questionnaire: str
    kind: Literal["score", "trend", "silence"]
    least: float = Field(gt=0)
    within_days: int = Field(365, ge=1)
    level: Level
    text: str = Field(min_length=1, max_length=60)


class Book(BaseModel):
    """The hospital's rules: `fixtures/alerts/rules.json`. They await the hospital's clinical sign-off."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    ladders: list[Ladder]
    watches: list[Watch]

    @model_validator(mode="after")
    def _has_each_level(self) -> "Book":
        """A level without a ladder would have alerts that nobody is told of."""
        if {ladder.level for ladder in self.ladders} != set(get_args(Level)):
            raise ValueError("each level needs a ladder")
        return self


class Reason(BaseModel):
    """Why there is an alert. The text is sealed."""

    source: Source
    text: str


class Told(BaseModel):
    """A step that was reached: who was told, when."""

    at: datetime
    who: Who
    member_ids: list[str]


class Alert(BaseModel):
    """An alert as kept; reasons, note and outcome are sealed. The document is its own timer.

    `deadline_at` (business time): when the next step follows, unless somebody has taken it; taken, until when it
    must be dealt with; None when it is resolved. `round` counts the steps that were reached, the first is 1.
    """

    id: str
    patient_id: str
    task_id: str
    department_id: str | None
    level: Level
    reasons: list[Reason]
    state: State = "open"
    step: int = 0
    round: int = 1
    raised_at: datetime
    deadline_at: datetime | None
    told: list[Told] = []
    taken_by: str | None = None
    taken_at: datetime | None = None
    action: Action | None = None
    note: str | None = None
    late: bool = False
    resolved_at: datetime | None = None
    outcome: str | None = None


class AlertQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: State = "open"
    next: Id | None = None


class Taking(BaseModel):
    """Somebody takes an alert: what he did first."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    note: str = Field("", max_length=500)


class Resolving(BaseModel):
    """How it ended. `outcome` is read by the patient; `note` by staff only."""

    model_config = ConfigDict(extra="forbid")
    outcome: str = Field(min_length=2, max_length=300)
    note: str = Field("", max_length=500)


class ShownTold(BaseModel):
    at: At
    who: Who
    names: list[str]


class ShownAlert(BaseModel):
    """An alert in the list. `overdue`: its deadline has passed (the next step follows within seconds)."""

    id: str
    task_id: str
    patient_id: str
    patient_name: str
    department_name: str
    level: Level
    reasons: list[Reason]
    state: State
    raised_at: At
    deadline_at: At | None
    overdue: bool
    step_who: Who
    round: int
    taken_by_name: str | None
    taken_by_me: bool
    taken_at: At | None


class OpenedAlert(ShownAlert):
    """An alert opened: with the phone to call, whom it was told to, what was done."""

    phone: str
    guardian_name: str | None
    told: list[ShownTold]
    action: Action | None
    note: str | None
    outcome: str | None
    resolved_at: At | None


class Alerts(BaseModel):
    items: list[ShownAlert]
    next: str | None = None


class AlertCounts(BaseModel):
    """For the overview: open and red, open, taken and not dealt with."""

    red: int
    open: int
    taken: int


class Shift(BaseModel):
    """Who is on duty when. `department_id` None: the whole hospital. `to` before `from_`: over midnight."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
    who: Who
    department_id: Id | None = None
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field([1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7)
    from_: str = Field("00:00", alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    to: str = Field("24:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    member_ids: list[Id] = Field(min_length=1, max_length=20)


class Roster(BaseModel):
    """The whole duty roster; the first line that fits counts, those of a department before the hospital's."""

    model_config = ConfigDict(extra="forbid")
    shifts: list[Shift] = Field(max_length=200)


class ShownRoster(Roster):
    changed_at: At | None
    names: dict[str, str]
