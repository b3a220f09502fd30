"""The fields of template and subscription messages: the beginning of a key says what the platform takes there. Pure.

    fault_of("thing1", "连衣裙")     # None
    fault_of("phrase2", "配送中!")   # what is wrong with it
    cut("thing1", "...")            # as much of it as fits

A value that breaks the rule refuses the whole message (47003). Characters are code points.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.messages.templates.model import ProblemCode

SHOWN: Final = 20  # characters of a line that are shown of an untyped field; the rest is cut off without an error
ELLIPSIS: Final = "…"
_KEY: Final = re.compile(r"([a-z]+(?:_[a-z]+)*?)_?([0-9]*)", re.ASCII)
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_DAY: Final = (
    r"(?:[0-9]{4}年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?|[0-9]{1,2}月[0-9]{1,2}日"
    r"|[0-9]{4}([-/.])[0-9]{1,2}(?:\1[0-9]{1,2})?|[0-9]{1,2}[-/.][0-9]{1,2})"
)
_CURRENCY: Final = "$\u00a2-\u00a5\u20a0-\u20cf\uffe0\uffe1\uffe5"
_MOST_OF_NAME: Final = 10  # characters with a Chinese one among them
_MOST_OF_LATIN_NAME: Final = 20


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a kind of field takes: `shape` of the whole value, `most` characters (0: the shape says). `cut` is whether the beginning of a
    value that is too long is still true.
    """

    says: str
    most: int
    shape: re.Pattern[str]
    cut: bool
    example: str


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with a value."""

    code: ProblemCode
    detail: str


def _rule(says: str, most: int, shape: str, example: str, *, cut: bool = False) -> FieldRule:
    return FieldRule(says, most, re.compile(shape), cut, example)


RULES: Final[Mapping[str, FieldRule]] = {
    "thing": _rule("20 characters at most", 20, r"[^\x00-\x1f\x7f]+", "618 会场裙装优惠券", cut=True),
    "number": _rule("digits, 32 at most, perhaps with a point", 32, r"[0-9]+(?:\.[0-9]+)?", "120"),
    "letter": _rule("latin letters, 32 at most", 32, r"[A-Za-z]+", "VIP", cut=True),
    "symbol": _rule("symbols, 5 at most: no letters, digits or Chinese", 5, r"[^\w\s]+", "★★★", cut=True),
    "character_string": _rule(
        "digits, latin letters or symbols, 32 at most: no Chinese", 32, rf"[^{_HAN}\x00-\x1f\x7f]+", "SO-20260618-0001", cut=True,
    ),
    "time": _rule("a time as 15:01 or 2019年10月1日 15:01, or two with ~", 0, "", "2026年6月18日 15:01"),
    "date": _rule("a date as 2019年10月1日 or 2019-10-01, perhaps with a time, or two with ~", 0, "", "2026年6月18日"),
    "amount": _rule(
        "one currency sign if any, 10 digits at most, perhaps with a point and 元",
        0, rf"[{_CURRENCY}]?[0-9]{{1,10}}(?:\.[0-9]+)?元?", "¥299.00",
    ),
    "phone_number": _rule("digits and symbols, 17 at most", 17, r"(?=.*[0-9])(?:[0-9]|[^\w\s]| )+", "+86-0766-66888866"),
    "car_number": _rule(
        "8 at most; letters and digits, the first and the last may be Chinese",
        8, rf"[{_HAN}A-Za-z0-9][A-Za-z0-9]*[{_HAN}A-Za-z0-9]", "粤A8Z888挂",
    ),
    "name": _rule("10 characters with Chinese, or 20 latin letters or symbols; no digits", 0, r"[^0-9\x00-\x1f\x7f]+", "木兰", cut=True),
    "phrase": _rule("Chinese characters, 5 at most", 5, rf"[{_HAN}]+", "待付款", cut=True),
    "enum": _rule("one of the values that the template lists", 0, r"[^\x00-\x1f\x7f]+", "已支付"),
    "const": _rule("one of the values that the template lists", 0, r"[^\x00-\x1f\x7f]+", "已支付"),
}  # fmt: skip
_MOMENT: Final = {
    "time": re.compile(rf"(?:{_DAY} ?)?{_CLOCK}"),
    "date": re.compile(rf"{_DAY}(?: ?{_CLOCK})?"),
}


def rule_of(key: str) -> FieldRule | None:
    """The rule of a key such as `thing1`; None for one without a type, as `keyword1` of older templates."""
    found = _KEY.fullmatch(key)
    return RULES.get(found[1]) if found else None


def fault_of(key: str, value: str) -> FieldFault | None:
    """Why the platform would refuse a value in this field, or None."""
    rule = rule_of(key)
    if rule is None:
        return None
    if not value:
        return FieldFault(ProblemCode.VALUE_EMPTY, f"{key} must not be empty")
    if not _shaped(key, rule, value):
        return FieldFault(ProblemCode.VALUE_INVALID, f"{key} takes {rule.says}")
    if (most := _most(key, rule, value)) and len(value) > most:
        return FieldFault(ProblemCode.VALUE_TOO_LONG, f"{key} takes {rule.says}")
    return None


def cut(key: str, value: str) -> str:
    """As much of a value as the field takes; the value itself where a part of it would say something else."""
    rule = rule_of(key)
    most = _most(key, rule, value) if rule and rule.cut else 0
    if not most or len(value) <= most:
        return value
    return value[: most - 1] + ELLIPSIS if _type(key) == "thing" else value[:most]


def _type(key: str) -> str:
    found = _KEY.fullmatch(key)
    return found[1] if found else ""


def _shaped(key: str, rule: FieldRule, value: str) -> bool:
    moment = _MOMENT.get(_type(key))
    if moment is None:
        return rule.shape.fullmatch(value) is not None
    ends = value.split("~")
    return len(ends) in (1, 2) and all(moment.fullmatch(one.strip()) for one in ends)


def _most(key: str, rule: FieldRule, value: str) -> int:
    if _type(key) != "name":
        return rule.most
    return _MOST_OF_NAME if re.search(rf"[{_HAN}]", value) else _MOST_OF_LATIN_NAME
