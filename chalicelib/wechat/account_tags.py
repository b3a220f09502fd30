"""The `tags` part of an `accounts` document: what fans carry as tags in the account, and which of its own tags count here. Pure."""

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

MAX_ACCOUNT_TAGS: Final = 97  # the platform's 100 without its own three
MAX_PLATFORM_NAME: Final = 30  # bytes; the platform's pages say characters as well
OWN_PREFIXES: Final = ("hl:", "ht:", "hm:")  # how names of tags begin that are made here: for segments, for tags, for menus

SegmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$")]
TagText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Given(BaseModel):
    """Whose tag fans carry: everybody in a segment, or with a tag, whatever its value unless one is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: SegmentName | None = None
    tag: TagText | None = None
    value: TagText | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.segment is None) == (self.tag is None):
            raise PydanticCustomError("segment_or_tag", "give either segment or tag")
        if self.segment is not None and self.value is not None:
            raise PydanticCustomError("segment_without_value", "only tags have values")
        return self


class AccountTags(BaseModel):
    """Tags of an account, both ways: `give` from here to there, the most important first, and `take` from there to here."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"give": [{"segment": "unpaid"}, {"tag": "level", "value": "黄金"}], "take": ["门店会员"]}]},
    )

    give: list[Given] = Field(
        default=[],
        max_length=MAX_ACCOUNT_TAGS,
        description="The most important first: a fan carries at most 20 tags, those of personal menus before these.",
    )
    take: list[TagText] = Field(
        default=[],
        max_length=MAX_ACCOUNT_TAGS,
        description="Names of tags that people give in the platform's console. Whoever has one gets it as a tag by hand.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for fault in self._faults():
            raise fault
        return self

    def _faults(self) -> Iterator[PydanticCustomError]:
        if len(set(self.give)) < len(self.give) or len(set(self.take)) < len(self.take):
            yield PydanticCustomError("name_repeated", "name each segment and tag once")
        for name in self.take:
            if name.startswith(OWN_PREFIXES):
                yield PydanticCustomError("tag_own", "{name} is a tag that is made here", {"name": name})
            if len(name.encode()) > MAX_PLATFORM_NAME:
                yield PydanticCustomError("tag_name_long", "{name} takes more than 30 bytes; there can be no such tag", {"name": name})
