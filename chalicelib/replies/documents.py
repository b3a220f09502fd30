"""The `replies` document: one rule of what an account answers, to what and to whom. Pydantic: a wrong one is refused with the places.

{"account": "wx77aa00bb11cc22dd", "on": "text", "words": {"contains": ["裙装"]}, "send": [{"text": "裙装优惠券 ..."}]}
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.operands import Clause, Optional, Pattern, exactly_one, refuse, with_example
from chalicelib.durations import Duration
from chalicelib.messages import liquid
from chalicelib.messages.content_documents import ContentDocument, Id
from chalicelib.messages.contents import Content, content_of, texts_of
from chalicelib.replies.triggers import DETAILS, Several, Trigger

MAX_CONTENTS: Final = 5  # what the platform takes within 48 hours of a message of the fan
MAX_WORDS: Final = 50  # of one rule
MAX_WORD: Final = 100  # characters
MAX_SEGMENTS: Final = 20
MAX_PRIORITY: Final = 1000
KEYS: Final = 128  # characters of a menu's key


_EVENT_FIELDS: Final = {
    Trigger.FOLLOW: frozenset({"scene", "code", "campaign", "inviter"}),
    Trigger.TEXT: frozenset({"text"}),
    Trigger.CLICK: frozenset({"key"}),
    Trigger.SCAN: frozenset({"scene", "code", "campaign", "inviter"}),
    Trigger.ENTER: frozenset({"segment"}),
}
PERSON_FIELDS: Final = frozenset({"attributes", "tags", "scores", "bands", "segments", "stage"})


def _filled(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        refuse((), "list_expected", "must be a list that is not empty")
    return value


def _seen(word: str) -> str:
    if not word.strip():
        refuse((), "word_blank", "a word that is only spaces would be found everywhere")
    return word


Word = Annotated[StrictStr, Field(min_length=1, max_length=MAX_WORD), AfterValidator(_seen)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_WORDS), BeforeValidator(_filled)]
Scene = Annotated[StrictStr, Field(min_length=1, max_length=MAX_WORD)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_SEGMENTS), BeforeValidator(_filled)]


class SceneTest(Clause):
    """What the scanned code holds: exactly, its beginning, or a regular expression found in it."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    eq: Optional[Scene] = None
    prefix: Optional[Scene] = None
    regex: Optional[Pattern] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.eq, self.prefix, self.regex)) != 1:
            refuse((), "operator_missing", "give exactly one of eq, prefix and regex")
        return self


class WordsTest(Clause):
    """Any of these is enough. Case, width and the spaces around do not matter, nor do other words for `contains`."""

    contains: Optional[Words] = None
    exact: Optional[Words] = None
    regex: Optional[Annotated[tuple[Pattern, ...], Field(max_length=MAX_WORDS), BeforeValidator(_filled)]] = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.contains or self.exact or self.regex):
            refuse((), "operator_missing", "give contains, exact or regex; for whatever is written, leave words out")
        return self


class Transfer(Clause):
    """Hands the fan over to the people who serve customers, to one of them if an account is named."""

    agent: Optional[Id] = None


class ReplyDocument(Clause):
    """One rule of what an account answers. Of several rules that match, docs/replies.md tells which answer."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "裙装优惠券",
                "account": "wx77aa00bb11cc22dd",
                "on": "text",
                "words": {"contains": ["裙装", "连衣裙"]},
                "priority": 20,
                "send": [{"text": "{{ person.attributes.name | default: '您好' }}，裙装八折券 https://shop.example.com/c/1"}],
            }
        )
    )

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    account: Name = Field(description="The appid; the account has to be in force.")
    on: Trigger
    scene: Optional[SceneTest] = Field(default=None, description="For `follow` and `scan`.")
    campaign: Optional[Word] = Field(
        default=None, description="For `follow` and `scan`: the name of the campaign that the code belongs to."
    )
    words: Optional[WordsTest] = Field(default=None, description="For `text`.")
    key: Optional[Annotated[StrictStr, Field(min_length=1, max_length=KEYS)]] = Field(default=None, description="For `click`.")
    segment: Optional[Name] = Field(default=None, description="For `enter`.")
    in_: Optional[Names] = Field(default=None, alias="in", description="The person must be in all of these segments now.")
    not_in: Optional[Names] = Field(default=None, description="The person must be in none of these segments now.")
    priority: Annotated[StrictInt, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] = Field(default=0, description="The higher one comes first.")
    several: Several = Field(default=Several.PRIORITY, description="What happens when other rules match as well.")
    every: Optional[Duration] = Field(default=None, description="Answers the same fan once in this time at most.")
    send: Annotated[tuple[ContentDocument, ...], Field(max_length=MAX_CONTENTS)] = ()
    transfer: Optional[Transfer] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        allowed = DETAILS[self.on]
        for name in ("scene", "campaign", "words", "key", "segment"):
            if name not in allowed and getattr(self, name) is not None:
                refuse((name,), "detail_out_of_place", f"a rule on {self.on} looks at {' and '.join(allowed)}")
        if self.on is Trigger.ENTER and self.segment is None:
            refuse(("segment",), "segment_missing", "say which segment has to be entered")
        if self.on is Trigger.ENTER and self.transfer is not None:
            refuse(("transfer",), "detail_out_of_place", "only who has just written or tapped can be handed over")
        if not self.send and self.transfer is None:
            refuse(("send",), "send_missing", "say what to send, or transfer")
        return self

    @model_validator(mode="after")
    def _known_variables(self) -> Self:
        for path, asked in self.variables():
            if fault := _fault_of(asked, self.on):
                refuse(tuple(int(place) if place.isdecimal() else place for place in path.split("/")), "variable_unknown", fault)
        return self

    def contents(self) -> tuple[Content, ...]:
        """What is sent, in order."""
        return tuple(content_of(one.model_dump(mode="json", by_alias=True, exclude_unset=True)) for one in self.send)

    def variables(self) -> Iterator[tuple[str, liquid.Path]]:
        """The variables that texts ask for without a default, with the paths of the texts."""
        for place, content in enumerate(self.contents()):
            for path, text in texts_of(content):
                yield from ((f"send/{place}/{path}", asked) for asked, excused in liquid.paths(text).items() if not excused)


def _fault_of(asked: liquid.Path, on: Trigger) -> str:
    """Why a variable can never have a value, or ""."""
    shown = ".".join(asked)
    match asked:
        case ("person", field, *rest) if field in PERSON_FIELDS:
            return "" if rest or field == "stage" else f"{shown} is many things; name one of them, as in {shown}.NAME"
        case ("person", *_):
            return f"{shown} is not known: a person has {', '.join(sorted(PERSON_FIELDS))}"
        case ("event", "campaign", *rest):
            return (
                ""
                if rest and "campaign" in _EVENT_FIELDS[on]
                else f"{shown} is not known; event.campaign.name is, where a code was scanned"
            )
        case ("event", field, *_) if field in _EVENT_FIELDS[on] or field[:1].isupper():
            return ""
        case ("event", *_):
            return f"{shown} is not known: on {on} there is {', '.join(f'event.{one}' for one in sorted(_EVENT_FIELDS[on]))}"
    return f"{shown} is not known: variables begin with person. or event."
