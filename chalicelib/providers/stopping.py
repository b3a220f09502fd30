"""Whether an SMS that came back asks us to stop. Pure."""

import unicodedata
from typing import Final

STOP_WORDS: Final = frozenset({"r", "t", "td", "n", "退订"})
"""What Chinese providers tell people to answer: 拒收请回复R, 回T退订, 退订回TD, 回N退订."""


def stops(text: str) -> bool:
    """Whether the text is one of the words and nothing else; letters of any width and case, whatever blanks and signs stand around it.

    >>> stops("　ｔｄ。")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.strip(_AROUND) in STOP_WORDS


_AROUND: Final = " \t\r\n\u200b\ufeff\u3000.,;:!?。，、；：！？~…'\"“”‘’()[]【】《》<>-_"
