"""Identifiers: a namespace and a value, normalised, ordered by strength. Pure; shared by every room."""

import re
from dataclasses import dataclass
from typing import Final

MAX_VALUE_LENGTH: Final = 255  # characters; the Sensors SDKs' own limit for ids
MAX_VALUE_BYTES: Final = 896  # UTF-8: with namespace and prefix it stands in sort keys, which hold 1,024; 255 Chinese characters fit
NAMESPACE_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{0,49}(:[A-Za-z0-9_.\-]{1,64})?")

# Fixed strength of the well-known namespaces, strongest first. It decides under which identifier an event is stored, so it
# must never depend on anything that can be edited: the same record sent twice has to land on the same key.
_STRENGTH: Final = {
    "user_id": 90,
    "unionid": 80,
    "openid": 70,
    "member": 60,
    "mobile": 40,
    "email": 35,
    "anonymous_id": 20,
    "push": 15,
    "device_id": 10,
}
CUSTOM_STRENGTH: Final = 50  # namespaces that only the identity rules declare

# By these a person is known to others: whoever names one need not be them.
GUESSABLE: Final = frozenset({"mobile", "email", "member"})


class IdentifierInvalid(ValueError):
    """A namespace or value that cannot be an identifier. `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A normalised identifier, e.g. `Identifier("openid:wx0a1b", "oABC")`. Build it with `identifier()`."""

    namespace: str
    value: str

    @property
    def key(self) -> str:
        """The storage text `namespace#value`; namespaces hold no `#`, so the first one separates."""
        return f"{self.namespace}#{self.value}"

    @property
    def base(self) -> str:
        """The namespace without its account: `openid` of `openid:wx0a1b`."""
        return self.namespace.partition(":")[0]

    @property
    def strength(self) -> int:
        """Fixed strength of the namespace, 10 (device_id) to 90 (user_id)."""
        return _STRENGTH.get(self.base, CUSTOM_STRENGTH)


def identifier(namespace: str, value: str) -> Identifier:
    """The normalised identifier. Raises IdentifierInvalid (`namespace_invalid`, `identifier_empty`, `identifier_too_long`)."""
    if not NAMESPACE_PATTERN.fullmatch(namespace):
        shape = "lower case letters, digits or _, optionally followed by :ACCOUNT"
        raise IdentifierInvalid("namespace_invalid", f"namespace {namespace[:64]!r} must be {shape}")
    base = namespace.partition(":")[0]
    text = _normalised(base, value.strip())
    if not text:
        raise IdentifierInvalid("identifier_empty", f"the value of {namespace} is empty")
    if len(text) > MAX_VALUE_LENGTH or len(text.encode("utf-8", "surrogatepass")) > MAX_VALUE_BYTES:
        reason = f"the value of {namespace} is over {MAX_VALUE_LENGTH} characters or {MAX_VALUE_BYTES} bytes of UTF-8"
        raise IdentifierInvalid("identifier_too_long", reason)
    return Identifier(namespace, text)


def parse_key(key: str) -> Identifier:
    """The identifier of a storage text made by `Identifier.key`."""
    namespace, _, value = key.partition("#")
    return Identifier(namespace, value)


def strongest(identifiers: tuple[Identifier, ...]) -> Identifier:
    """The identifier that a record is stored under: the strongest, ties to the smallest key. Raises ValueError when empty."""
    return min(identifiers, key=lambda one: (-one.strength, one.key))


def _normalised(base: str, value: str) -> str:
    if base == "mobile":
        return _mobile(value)
    if base == "email":
        return value.lower()
    return value


def _mobile(value: str) -> str:
    """Digits only; mainland numbers lose their +86/0086/86 prefix, other countries keep `+`."""
    text = re.sub(r"[\s\-().]", "", value)
    if text.startswith("00"):
        text = "+" + text[2:]
    local = re.match(r"^(?:\+?86)?(1[3-9]\d{9})$", text)
    return local.group(1) if local else text
