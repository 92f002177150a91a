"""A plan as data: whom it is for, its steps, what it looks for in answers, what follows, and when it ends."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.questionnaires.models import Scalar, Sex

AnchorKind = Literal["discharge", "visit", "operation", "delivery", "last_period", "positive_report"]
Channel = Literal["wechat", "phone"]
Operator = Literal["=", "!=", ">", "<", ">=", "<="]
Outcome = Literal["answered", "expired", "skipped"]
"""How one step ended: answered in time, not answered, or never sent (its time was over, or nothing could carry it)."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^<>]+$")]
Days = Annotated[int, Field(ge=0, le=730)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ForWhom(_Data):
    """For whom something counts; ages in full years, `age_below` not included."""

    sex: Sex | None = None
    age_from: int | None = Field(None, ge=0, le=130)
    age_below: int | None = Field(None, ge=0, le=131)


class Whom(ForWhom):
    """Who may be enrolled. `automatic`: the hospital's event enrols them by itself.

    `icd` are the beginnings of codes, `diagnoses` words of a diagnosis as the HIS writes it; one that
    fits is enough. Empty lists ask for nothing. What happened longer than `within_days` ago enrols nobody.
    """

    automatic: bool = False
    within_days: int = Field(30, ge=0, le=366)
    departments: list[Key] = Field([], max_length=50)
    icd: list[Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9A-Z.]{1,6}$")]] = Field([], max_length=50)
    diagnoses: list[Title] = Field([], max_length=50)


class Condition(_Data):
    """One comparison: of an answer (`question`, a linkId), or of a score ("total" or the name of a value).

    An answer of several values fits when one of them does. `rise`: by how much it has grown since the
    last time it was known is compared, not the number itself.
    """

    question: Annotated[str, Field(max_length=255)] | None = None
    score: Annotated[str, Field(max_length=64)] | None = None
    operator: Operator
    value: Scalar
    rise: bool = False
    who: ForWhom | None = None


class Finding(_Data):
    """Something to look for in the answers of any step: found when one of `any` holds."""

    key: Key
    text: Title
    any: list[Condition] = Field(min_length=1, max_length=50)


class Offset(_Data):
    """When a step is due: so many days after an anchor's date, or after the previous answer."""

    after: AnchorKind | Literal["anchor", "previous"] = "anchor"
    days: Days


class Repeat(_Data):
    """A step that comes again. `times` counts all its occurrences; None: until something ends it."""

    every_days: int = Field(ge=1, le=730)
    times: int | None = Field(None, ge=2, le=200)


class Branch(_Data):
    """What follows a step instead of the usual. The first branch that fits decides.

    `findings`: one of them in this answer, and `in_a_row` times running. No findings: any `outcome`.
    `go`: a step, or "end". `in_days` from this answer; without it the step's own offset counts.
    `refer`: a member of the staff is asked to send the patient to a doctor.
    """

    outcome: Literal["answered", "expired"] = "answered"
    findings: list[Key] = Field([], max_length=20)
    in_a_row: int = Field(1, ge=1, le=10)
    go: Key
    in_days: int | None = Field(None, ge=1, le=730)
    refer: bool = False
    why: Title


class Step(_Data):
    """One contact. After `due` there are `window_days` to answer and `grace_days` more.

    `reminders`: days after sending. `call_after_days`: when a member of the staff phones; None: nobody does.
    `channels`: "wechat" is every way messages have (the last is a text message), "phone" a person.
    """

    key: Key
    title: Title
    offset: Offset
    at: Clock = "09:00"
    window_days: int = Field(7, ge=1, le=120)
    grace_days: int = Field(0, ge=0, le=60)
    questionnaire: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    channels: list[Channel] = Field(["wechat", "phone"], min_length=1, max_length=2)
    reminders: list[Annotated[int, Field(ge=1, le=60)]] = Field([], max_length=5)
    call_after_days: int | None = Field(None, ge=0, le=120)
    script: Text = ""
    repeat: Repeat | None = None
    branches: list[Branch] = Field([], max_length=20)

    @property
    def last_days(self) -> int:
        """How long after sending an answer is still taken."""
        return self.window_days + self.grace_days


class Ends(_Data):
    """What ends a plan by itself, besides a death, a refusal and its last step."""

    after_days: int | None = Field(None, ge=1, le=3650)
    after_answers: int | None = Field(None, ge=1, le=500)
    lost_after: int | None = Field(None, ge=1, le=20)
    """Unanswered steps in a row after which the patient counts as lost to follow-up (失访)."""


class AlertOwner(_Data):
    """Who looks after alarms of this plan: a department (None: the patient's), its doctor or a role."""

    department_id: Key | None = None
    to: Literal["doctor", "nurse", "department"] = "nurse"


class Definition(_Data):
    """Everything a plan says. `restarts`: a new anchor (another discharge) ends the old course and begins again."""

    key: Key
    title: Title
    summary: Text = ""
    anchor: AnchorKind
    whom: Whom = Whom()
    findings: list[Finding] = Field([], max_length=40)
    steps: list[Step] = Field(min_length=1, max_length=60)
    ends: Ends = Ends()
    alert_owner: AlertOwner = AlertOwner()
    restarts: bool = False
    sources: list[Text] = Field([], max_length=20)
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""
    licence: Text = ""

    def step(self, key: str | None) -> Step | None:
        """The step of this key."""
        return next((s for s in self.steps if s.key == key), None)
