"""The form that phones render, answers, and conditions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

ItemType = Literal[
    "group", "display", "boolean", "choice", "multi", "open_choice", "open_multi", "dropdown", "integer", "decimal",
    "quantity", "date", "datetime", "time", "string", "text", "slider", "photo", "body_site",
]  # fmt: skip
Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]
Kind = Literal["followup", "research", "satisfaction"]
Level = Literal["red", "orange", "yellow"]
Sex = Literal["male", "female"]
Fhir = dict[str, Any]
Scalar = str | bool | int | float
Answer = Scalar | list[Any] | dict[str, Any]
Answers = dict[str, Answer]
"""linkId -> value.

str bool int float; [value, …] of `multi` and `body_site`; {"value": number, "unit": code} of `quantity`;
{"other": text}, alone or in the list, where a choice is open; [photo id, …] of `photo`; [Answers, …] of a
repeating group. Dates are YYYY-MM-DD, instants ISO with offset, times HH:MM.
"""

GivenAnswer = Scalar | Annotated[list[Any], Field(max_length=50)] | dict[str, Any] | None
GivenAnswers = Annotated[dict[Annotated[str, Field(max_length=255)], GivenAnswer], Field(max_length=300)]


class Option(BaseModel):
    value: str
    label: str


class EnableWhen(BaseModel):
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
    repeats: bool = False
    most: int | None = None
    options: list[Option] = []
    units: list[Option] = []
    min: float | None = None
    max: float | None = None
    step: float | None = None
    unit: str | None = None
    earliest: str | None = None
    latest: str | None = None
    low_text: str | None = None
    high_text: str | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_text: str | None = None
    enable_when: list[EnableWhen] = []
    enable_behavior: Literal["any", "all"] = "any"
    items: list["FormItem"] = []


class Form(BaseModel):
    """The derived form of one version of a questionnaire."""

    questionnaire_id: str
    version: str
    title: str
    intro: str = ""
    items: list[FormItem]


class Warned(BaseModel):
    """What the importer could not use as it stood, for the doctor to read."""

    link_id: str | None = None
    text: str


class ShownAnswer(BaseModel):
    """One question and its answer in words."""

    link_id: str
    text: str
    answer_text: str
    red: bool
    photos: list[str] = []
