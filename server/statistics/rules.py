"""Intervals, evidence that may be looked at every day, and how figures are counted and named. Pure."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from server.statistics.models import BadPeriod, Rate, Recheck

Z = 1.959964  # 95 %
DECIDES = 20.0  # 1 / 0.05: Ville's inequality bounds the chance of ever reaching it by 5 %
RECHECK_DAYS = 90
MOST_DAYS = 731
DEFINITIONS = {
    "应随访": "这段时间里到期的随访任务（不含患者已故、被撤回的）",
    "已随访": "到期的任务里，患者回答了，或者我们打过电话的",
    "成功": "已随访的任务里，得到回答的",
    "满意": "满意度答卷里，总评为满意或非常满意的",
    "复查": f"回答或到期后 {RECHECK_DAYS} 天内又来看过病的患者；还没满 {RECHECK_DAYS} 天的也算在分母里，近期会偏低",
}


def check_period(from_on: str, to_on: str) -> None:
    """BadPeriod unless it is a period of two years at most."""
    try:
        days = (date.fromisoformat(to_on) - date.fromisoformat(from_on)).days
    except ValueError:
        raise BadPeriod() from None
    if not 0 <= days <= MOST_DAYS:
        raise BadPeriod()


def rate(numerator: int, denominator: int) -> Rate:
    """A share with its Wilson interval (Wilson 1927)."""
    if denominator == 0:
        return Rate(numerator=0, denominator=0, rate=None, low=None, high=None)
    low, high = wilson(numerator, denominator)
    return Rate(numerator=numerator, denominator=denominator, rate=numerator / denominator, low=low, high=high)


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of k of n."""
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(k1: int, n1: int, k2: int, n2: int) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares (Newcombe 1998, method 10)."""
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
    low = p1 - p2 - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = p1 - p2 + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return max(-1.0, low), min(1.0, high)


def recheck(targeted: tuple[int, int], plain: tuple[int, int]) -> Recheck:
    """Both shares and their difference; no difference when one of them has nobody."""
    one, other = rate(*targeted), rate(*plain)
    if one.rate is None or other.rate is None:
        return Recheck(targeted=one, plain=other, difference=None, low=None, high=None)
    low, high = newcombe(*targeted, *plain)
    return Recheck(targeted=one, plain=other, difference=one.rate - other.rate, low=low, high=high)


# --- trials ---------------------------------------------------------------------------------------


def evidence(arms: Iterable[int]) -> float:
    """The greatest e-value on the way through these outcomes (0 or 1: whose arm each was), in their order.

    When both wordings do the same, each answer comes from either arm like a fair coin, because the arm was
    drawn by one. The e-value is the likelihood of what came under "the coin has some bias" (uniformly any)
    over that under "fair": k!(n-k)!/(n+1)! · 2^n. Its expectation under "fair" is 1 at every moment, so the
    chance that it ever reaches 20 is at most 1/20 (Ville), however often one looks. Robbins 1970.
    """
    best, n, k = 1.0, 0, 0
    for arm in arms:
        n, k = n + 1, k + arm
        log = math.lgamma(k + 1) + math.lgamma(n - k + 1) - math.lgamma(n + 2) + n * math.log(2)
        best = max(best, math.exp(min(log, 700.0)))
    return best


def verdict(found: float, rates: Sequence[Rate]) -> str:
    """What may be said of a trial."""
    if found < DECIDES:
        return "还不能下结论，请继续收集。"
    better = max(range(len(rates)), key=lambda i: rates[i].rate or 0.0)
    return f"第 {better + 1} 种说法回答的人明显更多。"


# --- research -------------------------------------------------------------------------------------


def shown_age(years: int) -> str:
    """An age that tells nobody apart: 90 and more are one group."""
    return "90+" if years >= 90 else str(years)
