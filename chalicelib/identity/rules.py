"""The `identity-rules` document: which namespaces there are, how many a person may hold, and which values identify nobody."""

import re
from functools import cached_property
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chalicelib.identifiers import Identifier

KIND: Final = "identity-rules"
DEFAULT_NAME: Final = "default"
MAX_PATTERN_LENGTH: Final = 100  # characters; a pattern is an operator's text and runs on every identifier
NamespaceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class NamespaceRule(BaseModel):
    """How the identifiers of one namespace behave. For `openid` and `member` every rule holds per account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int | None = Field(default=1, ge=1, description="How many of them one person may hold; null for any number.")
    priority: int = Field(ge=1, le=99, description="Evidence between two identifiers weighs as much as the lower priority of the two.")
    identifies: bool = Field(
        default=False,
        description="Whether holding one makes a known person: unverified evidence never joins two known persons.",
    )
    needs_verification: bool = Field(
        default=False, description="Whether evidence counts as unverified unless its source vouches for the value."
    )
    blocked: tuple[Annotated[str, Field(max_length=MAX_PATTERN_LENGTH)], ...] = Field(
        default=(), description="Regular expressions; a value that one of them matches whole identifies nobody."
    )

    @field_validator("blocked")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return patterns


class IdentityRules(BaseModel):
    """A version of the identity rules. Ingest asks `allows` and `is_blocked`; linking asks the rest."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "title": "会员卡优先",
                    "namespaces": {
                        "user_id": {"priority": 90, "identifies": True},
                        "member": {"priority": 80, "identifies": True},
                        "mobile": {"priority": 40, "needs_verification": True, "blocked": ["1380000\\d{4}"]},
                    },
                    "blocked_values": ["unknown"],
                }
            ]
        },
    )

    title: str = ""
    namespaces: dict[NamespaceName, NamespaceRule] = Field(min_length=1)
    blocked_values: tuple[Annotated[str, Field(max_length=255)], ...] = Field(
        default=(), description="Values, in any case, that identify nobody in any namespace."
    )

    @model_validator(mode="after")
    def _needs_user_id(self) -> "IdentityRules":
        if "user_id" not in self.namespaces:
            raise ValueError("namespaces must declare user_id: it is what keeps two accounts apart")
        return self

    @cached_property
    def _blocked(self) -> frozenset[str]:
        return frozenset(value.casefold() for value in self.blocked_values)

    @cached_property
    def _patterns(self) -> dict[str, list[re.Pattern[str]]]:
        return {name: [re.compile(pattern) for pattern in rule.blocked] for name, rule in self.namespaces.items()}

    def allows(self, base: str) -> bool:
        """Whether the namespace (without account) is declared."""
        return base in self.namespaces

    def is_blocked(self, one: Identifier) -> bool:
        """Whether the value is a filler that identifies nobody."""
        if one.value.casefold() in self._blocked:
            return True
        return any(pattern.fullmatch(one.value) for pattern in self._patterns.get(one.base, ()))

    def rule(self, namespace: str) -> NamespaceRule:
        """The rule of a namespace, with or without account. An undeclared one (rules were tightened) weighs least."""
        return self.namespaces.get(namespace.partition(":")[0], _UNDECLARED)


_UNDECLARED: Final = NamespaceRule(limit=1, priority=1)

DEFAULT_RULES: Final = IdentityRules(
    title="WeChat",
    namespaces={
        "user_id": NamespaceRule(priority=90, identifies=True),
        "unionid": NamespaceRule(priority=80, identifies=True),
        "openid": NamespaceRule(priority=70, identifies=True),
        "member": NamespaceRule(priority=60),
        # 13800000000, 13911111111, 18888888888: an area code and one digit eight times is a form filler, not a phone
        "mobile": NamespaceRule(priority=50, needs_verification=True, blocked=(r"1[3-9]\d(\d)\1{7}", r"\d{1,6}", r"1?2345678\d*")),
        "email": NamespaceRule(priority=40, limit=5, needs_verification=True, blocked=(r"[^@]*",)),
        "anonymous_id": NamespaceRule(priority=20, limit=None),
        "push": NamespaceRule(priority=15, limit=None),  # of an app on a device: `push:ACCOUNT`, the account being the provider's
        "device_id": NamespaceRule(priority=10, limit=None),
    },
    blocked_values=(
        *("0", "-1", "null", "none", "nil", "undefined", "nan", "n/a", "true", "false", "[object object]"),
        *("anonymous", "guest", "unknown", "not_authenticated", "distinct_id", "user_id", "device_id", "id", "未知", "匿名"),
        *("00000000-0000-0000-0000-000000000000", "000000000000000", "02:00:00:00:00:00", "9774d56d682e549c"),
    ),
)
