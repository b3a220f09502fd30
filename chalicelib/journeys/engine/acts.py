"""What a `do` node does, one act after the other. Pure values; `steps.acting` carries them out."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.events.model import Json
from chalicelib.identifiers import Identifier
from chalicelib.messages.templates.model import ChannelName


@dataclass(frozen=True, slots=True)
class AddTag:
    """Gives a tag, as if by hand."""

    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    """Takes a tag away that was given by hand."""

    tag: str


@dataclass(frozen=True, slots=True)
class SetAttributes:
    """Sets attributes of the person."""

    values: Json


@dataclass(frozen=True, slots=True)
class UnsetAttributes:
    """Removes attributes of the person."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddScore:
    """Adds points (fewer than none: takes them off) to a score that counts what it is given."""

    score: str
    points: int


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Tells a server, by a template with words for it. `data` are variables of those."""

    template: str
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnterJourney:
    """Has the person enter another journey. `key` is the path of what the run knows that becomes the key of the other one."""

    journey: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class NotifyStaff:
    """Sends a message about the person to people of the house."""

    template: str
    to: tuple[Identifier, ...]
    channels: tuple[ChannelName, ...] = ()


Act = AddTag | RemoveTag | SetAttributes | UnsetAttributes | AddScore | CallWebhook | EnterJourney | NotifyStaff


def kind_of(act: Act) -> str:
    """The key that tells an act in a document."""
    return _KINDS[type(act)]


_KINDS: dict[type[Any], str] = {
    AddTag: "add_tag",
    RemoveTag: "remove_tag",
    SetAttributes: "set",
    UnsetAttributes: "unset",
    AddScore: "add_score",
    CallWebhook: "webhook",
    EnterJourney: "enter",
    NotifyStaff: "notify",
}
