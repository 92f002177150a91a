"""The places of the body that a question of where it hurts offers, when the file names none."""

from server.questionnaires.models import Option

_SIDES = (("left-", "左"), ("right-", "右"))
_ONE = {
    "head": "头", "face": "脸", "neck": "脖子", "chest": "胸口", "upper-abdomen": "上腹", "lower-abdomen": "下腹",
    "groin": "下身", "upper-back": "上背", "lower-back": "腰", "buttocks": "臀部",
}  # fmt: skip
_TWO = {
    "eye": "眼", "ear": "耳朵", "shoulder": "肩", "upper-arm": "上臂", "elbow": "肘", "forearm": "前臂",
    "wrist": "手腕", "hand": "手", "hip": "胯", "thigh": "大腿", "knee": "膝盖", "calf": "小腿",
    "ankle": "脚踝", "foot": "脚",
}  # fmt: skip
BODY_SITES = [Option(value=code, label=label) for code, label in _ONE.items()] + [
    Option(value=side + code, label=word + label) for code, label in _TWO.items() for side, word in _SIDES
]
