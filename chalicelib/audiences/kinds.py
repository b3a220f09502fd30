"""The kinds of definitions that rules are made of. Pure."""

from enum import StrEnum


class RuleKind(StrEnum):
    """What places a person, by the kind of the definition."""

    SCORES = "scores"
    TAGS = "tags"
    SEGMENTS = "segments"
    LIFECYCLE = "lifecycle"
    DERIVED = "derived-attributes"
