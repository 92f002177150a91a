"""A message as text, where no template gives it its form."""

from collections.abc import Mapping


def plain_text(title: str, facts: Mapping[str, str], link: str) -> str:
    """The message as text, for the customer-service window."""
    lines = "\n".join(f"{label}：{value}" for label, value in facts.items())
    return f"【{title}】\n{lines}\n查看详情：{link}"


def sms_text(hospital: str, title: str, facts: Mapping[str, str]) -> str:
    """The message as an SMS of at most 140 characters; what is too long is cut before the closing words."""
    rest = "，".join(f"{label}{value}" for label, value in facts.items())
    end = "。详情请看医院微信公众号。"
    return f"【{hospital}】{title}：{rest}"[: 140 - len(end)] + end
