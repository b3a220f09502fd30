"""Texts of a template filled in for one person. What goes wrong is collected with its place, never raised, never shown as braces. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.messages import liquid
from chalicelib.messages.templates.model import ChannelName, Problem, ProblemCode, Rendered

_OF_PERSON: Final = ("attributes", "tags", "scores", "bands", "segments")
_NOBODY: Final[Mapping[str, Json]] = {"person": {name: {} for name in _OF_PERSON}, "event": {"properties": {}}, "entry": {}, "data": {}}
ROOTS: Final = tuple(_NOBODY)
WEB: Final = ("https://", "http://")

Fill = Callable[[str, str], str]  # a path and the text that stands there -> the text filled in


@dataclass(slots=True)
class Filling:
    """One channel of a template while it is filled in. Paths are those of the document, below `channels/<channel>`."""

    channel: ChannelName
    values: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, channel: ChannelName, variables: Mapping[str, Any]) -> "Filling":
        """With variables as callers have them."""
        return cls(channel, liquid.known({root: {**empty, **(variables.get(root) or {})} for root, empty in _NOBODY.items()}))

    def text(self, path: str, text: str) -> str:
        """The text filled in; empty, with a problem, where that cannot be."""
        try:
            return liquid.strict(text, self.values)
        except liquid.VariableMissing as missing:
            self.refuse(path, ProblemCode.VARIABLE_MISSING, f"{missing} has no value, and no default in the text")
        except liquid.LiquidInvalid as invalid:
            self.refuse(path, ProblemCode.TEXT_FAILED, str(invalid))
        return ""

    def line(self, path: str, text: str) -> str:
        """As `text`, on one line."""
        return " ".join(self.text(path, text).split())

    def url(self, path: str, text: str) -> str:
        """An address of the web filled in."""
        found = self.text(path, text).strip()
        if found and not found.startswith(WEB):
            self.refuse(path, ProblemCode.URL_INVALID, "a link begins with https:// or http://")
        return found

    def every(self, value: Any, path: str, only: Collection[str] | None = None) -> Any:
        """A JSON value with all texts in it filled in, or those at the paths `only`."""
        if isinstance(value, str):
            return self.text(path, value) if only is None or path in only else value
        if isinstance(value, Mapping):
            return {name: self.every(one, f"{path}/{name}" if path else name, only) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.every(one, f"{path}/{place}", only) for place, one in enumerate(value)]
        return value

    def refuse(self, path: str, code: ProblemCode, detail: str) -> None:
        """Notes what keeps the channel from sending."""
        self.problems.append(Problem(self._at(path), code, detail))

    def left(self, path: str, text: str) -> str:
        """The text filled in. Refused where nothing is left of it, unless it is known already why."""
        if not text and not any(one.fatal for one in self.problems):
            self.refuse(path, ProblemCode.VALUE_EMPTY, "nothing is left of the text")
        return text

    def note(self, path: str, code: ProblemCode, detail: str) -> None:
        """Notes what an author wants to know, and the message goes all the same."""
        self.problems.append(Problem(self._at(path), code, detail, fatal=False))

    def done(self, account: str, body: Json) -> Rendered:
        """What the channel sends: nothing if anything refused it."""
        refused = any(one.fatal for one in self.problems)
        return Rendered(self.channel, account, None if refused else body, tuple(self.problems))

    def _at(self, path: str) -> str:
        return f"channels/{self.channel}/{path}" if path else f"channels/{self.channel}"
