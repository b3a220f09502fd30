"""What an SMS may say and how many parts it is paid as. Pure.

Mainland China: the provider puts one 【signature】 in front; 70 characters are one part, more are parts of 67; every character counts one.
Elsewhere: 160 letters of GSM 03.38 are one part, more are parts of 153; a single other character makes it UTF-16, parts of 70 and 67.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CHINA_ONE_PART: Final = 70
CHINA_PART: Final = 67
CHINA_MOST: Final = 500  # characters in all
_GSM_ONE_PART, _GSM_PART = 160, 153  # septets
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("^{}\\[~]|€\f")  # take two septets
_BRACKETS: Final = re.compile(r"[【】]")
_LINK: Final = re.compile(r"https?://|www\.|(?:[a-z0-9-]+\.)+(?:com|cn|net|org|top|xyz|io|cc|me|vip|shop|link|club|site)\b", re.IGNORECASE)
_OPT_OUTS: Final = ("拒收请回复R", "回T退订", "退订回T", "回TD退订", "退订回TD", "回N退订", "退订回N")


class TextFault(StrEnum):
    """What is wrong with an SMS."""

    TOO_LONG = "too_long"
    BRACKETS_IN_TEXT = "brackets_in_text"
    SIGNATURE_LENGTH = "signature_length"
    SIGNATURE_CHARACTERS = "signature_characters"
    OPT_OUT_MISSING = "opt_out_missing"
    LINK_IN_VARIABLE = "link_in_variable"
    VARIABLE_TOO_LONG = "variable_too_long"


@dataclass(frozen=True, slots=True)
class TextRules:
    """What a provider asks of SMS in China. `opt_outs` are the endings of which a marketing text needs one; `variable_most` is the most
    characters of a variable, None for no limit.
    """

    signature_least: int = 2
    signature_most: int = 12
    opt_outs: tuple[str, ...] = _OPT_OUTS
    variable_most: int | None = None


ANY_PROVIDER: Final = TextRules()
TENCENT: Final = TextRules(opt_outs=_OPT_OUTS[:1])
TENCENT_SINCE_2024: Final = TextRules(opt_outs=_OPT_OUTS[:1], variable_most=6)  # accounts that were opened after 2024-01-25
HUAWEI: Final = TextRules(signature_most=32, opt_outs=_OPT_OUTS[:1])


@dataclass(frozen=True, slots=True)
class Wording:
    """How a provider takes texts. `places` finds where a text that it has approved takes variables (group 1 is the name); None: it approves
    none and carries what it is given. `numbered`: the variables are 1, 2 and so on. `rules` hold for what it carries to China.
    """

    places: re.Pattern[str] | None = None
    numbered: bool = False
    rules: TextRules = ANY_PROVIDER


FREE: Final = Wording()


def china_length(signature: str, text: str) -> int:
    """Characters in all, the brackets of the signature among them."""
    return len(text) + (len(signature) + 2 if signature else 0)


def china_parts(signature: str, text: str) -> int:
    """How many parts it is paid as."""
    return _parts(china_length(signature, text), CHINA_ONE_PART, CHINA_PART)


def world_parts(text: str) -> int:
    """How many parts it is paid as outside of mainland China."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        return _parts(sum(2 if letter in _GSM_TWICE else 1 for letter in text), _GSM_ONE_PART, _GSM_PART)
    return _parts(len(text.encode("utf-16-be", "surrogatepass")) // 2, CHINA_ONE_PART, CHINA_PART)


def faults(signature: str, text: str, marketing: bool, rules: TextRules = ANY_PROVIDER) -> tuple[TextFault, ...]:
    """What is wrong with a text for China, the signature told apart as providers want it; nothing when it may go."""
    found = {
        TextFault.SIGNATURE_LENGTH: not rules.signature_least <= len(signature) <= rules.signature_most,
        TextFault.SIGNATURE_CHARACTERS: bool(_BRACKETS.search(signature)) or signature != "".join(signature.split()),
        TextFault.BRACKETS_IN_TEXT: bool(_BRACKETS.search(text)),
        TextFault.TOO_LONG: china_length(signature, text) > CHINA_MOST,
        TextFault.OPT_OUT_MISSING: marketing and not text.rstrip("。.！! ").endswith(rules.opt_outs),
    }
    return tuple(fault for fault, there in found.items() if there)


def variable_faults(value: str, rules: TextRules = ANY_PROVIDER) -> tuple[TextFault, ...]:
    """What is wrong with the value of a variable. Links may stand only in the approved text, where they are constant."""
    found = {
        TextFault.LINK_IN_VARIABLE: bool(_LINK.search(value)),
        TextFault.VARIABLE_TOO_LONG: rules.variable_most is not None and len(value) > rules.variable_most,
    }
    return tuple(fault for fault, there in found.items() if there)


def _parts(length: int, one: int, part: int) -> int:
    return 1 if length <= one else -(-length // part)
