"""The kinds of definitions that rules are made of. Pure."""

from enum import StrEnum
from typing import Final


class RuleKind(StrEnum):
    """What places a person, by the kind of the definition."""

    SCORES = "scores"
    TAGS = "tags"
    SEGMENTS = "segments"
    LIFECYCLE = "lifecycle"
    DERIVED = "derived-attributes"
    QUESTIONS = "questions"  # what a journey asks; written with the journey and nowhere else


PUBLIC_KINDS: Final = tuple(one for one in RuleKind if one is not RuleKind.QUESTIONS)  # those that operators write
