"""Automatic answers."""

from pydantic import BaseModel


class Answer(BaseModel):
    """One entry of `fixtures/wechat/answers.json`: any of these words brings this text."""

    words: list[str]
    text: str


class Answers(BaseModel):
    """All automatic answers: at following, by words, otherwise; `{public_url}` is filled in."""

    welcome: str
    answers: list[Answer]
    otherwise: str
