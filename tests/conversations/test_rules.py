"""Which automatic answer fits what a person wrote or tapped."""

from typing import Any

import pytest

from server.conversations import rules
from server.conversations.models import Answers
from server.wechat_events import read_push

ANSWERS = Answers.model_validate(
    {"welcome": "欢迎", "otherwise": "已收到", "answers": [{"words": ["停车", "怎么走"], "text": "地下车库"}]}
)
FROM: dict[str, Any] = {"ToUserName": "gh", "FromUserName": "o1", "CreateTime": "1795000000"}


@pytest.mark.parametrize(
    ("push", "answer"),
    [
        ({"MsgType": "text", "Content": "请问哪里停车", "MsgId": "1"}, "地下车库"),
        ({"MsgType": "text", "Content": "头疼", "MsgId": "1"}, "已收到"),
        ({"MsgType": "image", "MediaId": "m", "MsgId": "1"}, "已收到"),
        ({"MsgType": "event", "Event": "subscribe"}, "欢迎"),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "医院怎么走"}, "地下车库"),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "GUIDE"}, None),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "停车"}, None),
    ],
)
def test_words_and_menu_keys_bring_their_answer_and_a_tap_without_one_brings_nothing(
    push: dict[str, Any], answer: str | None
) -> None:
    assert rules.answer_text(ANSWERS, read_push(FROM | push)) == answer
