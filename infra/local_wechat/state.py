"""What exists in the local WeChat: accounts, persons, what is between the two, and all that calls leave behind.

Times are epoch ms of the world's clock, unless a name says otherwise. All of it is changed inside of a transaction (`World.lock`) only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Kind(StrEnum):
    """What an account is."""

    SERVICE = "service"
    SUBSCRIPTION = "subscription"
    MINI = "mini_program"
    TEST = "test"


class Mode(StrEnum):
    """How pushes are encrypted."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Form(StrEnum):
    """How pushes are written; only mini programs may choose JSON."""

    XML = "xml"
    JSON = "json"


class Trigger(StrEnum):
    """What opens a customer-service window."""

    MESSAGE = "message"
    CLICK = "click"
    FOLLOW = "follow"
    SCAN = "scan"
    SERVICE = "service"


class TokenKind(StrEnum):
    """Which of the two calls gave a token: they do not disturb each other."""

    CLASSIC = "classic"
    STABLE = "stable"


class TemplateKind(StrEnum):
    """What a template is for: each kind has a call of its own."""

    TEMPLATE = "template"
    ONE_TIME = "one_time"
    LONG_TERM = "long_term"
    DEVICE = "device"


class GrantKind(StrEnum):
    """What a code stands for that a client exchanges once."""

    LOGIN = "login"
    PHONE = "phone"
    OAUTH = "oauth"


@dataclass(slots=True)
class Token:
    """An access token. `superseded_at` is when a newer one of its kind was given."""

    value: str
    kind: TokenKind
    issued: int
    expires: int
    superseded_at: int | None = None


@dataclass(slots=True)
class Tag:
    """A tag of an account; `people` counts relations that have it when asked, so it is not kept here."""

    id: int
    name: str


@dataclass(slots=True)
class ConditionalMenu:
    """A menu for whoever has a tag."""

    menuid: int
    buttons: list[Json]
    matchrule: Json
    tag_id: int


@dataclass(slots=True)
class Media:
    """An upload. Permanent ones do not expire."""

    media_id: str
    type: str
    size: int
    expires: int | None


@dataclass(slots=True)
class Template:
    """A message template: `keys` are the fields of its data, their prefix is the type."""

    template_id: str
    kind: TemplateKind
    keys: tuple[str, ...]
    title: str = ""
    banned: bool = False


@dataclass(slots=True)
class MassJob:
    """A mass message and what became of it."""

    msg_id: int
    at: int
    api: str
    openids: list[str]
    sent: list[str]
    clientmsgid: str = ""
    deleted: bool = False


@dataclass(slots=True)
class Account:
    """An app. `allowed_ips` empty lets everybody call; `denied` and `banned` are paths of calls (48001, 48004), `*` is all of them.

    `pages` are those of a mini program's release; empty lets every page pass. `quotas` replace the platform's, calls per day by path.
    """

    appid: str
    kind: Kind
    secret: str
    original_id: str
    token: str = ""
    aes_key: str = ""
    old_aes_key: str = ""
    mode: Mode = Mode.SAFE
    form: Form = Form.XML
    callback_url: str = ""
    open_platform: str = ""
    certified: bool = True
    allowed_ips: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    secret_frozen: bool = False
    tokens: list[Token] = field(default_factory=list)
    forced_at: int | None = None
    tags: dict[int, Tag] = field(default_factory=dict)
    menu: list[Json] | None = None
    conditional_menus: list[ConditionalMenu] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    quotas: dict[str, int] = field(default_factory=dict)
    pages: set[str] = field(default_factory=set)
    tickets: dict[str, Token] = field(default_factory=dict)
    jobs: dict[int, MassJob] = field(default_factory=dict)

    @property
    def official(self) -> bool:
        """Whether it has fans, tags and menus: everything but mini programs."""
        return self.kind is not Kind.MINI


@dataclass(slots=True)
class Person:
    """One human. `mobile` is what the phone button of mini programs tells."""

    id: str
    name: str
    language: str = "zh_CN"
    mobile: str = ""
    snapshot: bool = False


@dataclass(slots=True)
class Window:
    """How many customer-service messages may still be sent until when."""

    deadline: int
    left: int


@dataclass(slots=True)
class Credit:
    """What a person allowed of a template: how many more notices, or all of them (`always`)."""

    left: int = 0
    always: bool = False
    refused: bool = False


@dataclass(slots=True)
class Relation:
    """One person in one account. `tags` are in the order in which they were set: the last one decides the menu.

    `subscribed_at` is in seconds of the wire.
    """

    appid: str
    person: str
    openid: str
    subscribed: bool = False
    subscribed_at: int = 0
    subscribe_scene: str = ""
    qr_scene: int = 0
    qr_scene_str: str = ""
    remark: str = ""
    tags: list[int] = field(default_factory=list)
    blacklisted: bool = False
    receives: bool = True
    frozen: bool = False
    contact_at: int | None = None
    typing_until: int = 0
    window: Window | None = None
    credits: dict[str, Credit] = field(default_factory=dict)
    session_key: str = ""


@dataclass(slots=True)
class QrCode:
    """A parametrised code. A scene is a number or a text; `expires` None is for ever."""

    ticket: str
    url: str
    appid: str
    scene: int | str
    expires: int | None


@dataclass(slots=True)
class Grant:
    """A code that a client got and a server exchanges, once and soon."""

    code: str
    kind: GrantKind
    appid: str
    person: str
    expires: int
    scope: str = ""
    used: bool = False


@dataclass(slots=True)
class UserToken:
    """What OAuth gives for one person."""

    value: str
    refresh: str
    appid: str
    person: str
    scope: str
    expires: int
    refresh_expires: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was taken on for one person: `decision` is `accepted`, or why it never arrives (`failed:user block`)."""

    order: int
    at: int
    appid: str
    openid: str
    api: str
    msgtype: str
    msgid: int
    body: Mapping[str, Any]
    decision: str = "accepted"


@dataclass(frozen=True, slots=True)
class Logged:
    """A request and its answer. `known` is False for a path that the platform does not have; `body` is what came, as it came."""

    order: int
    at: int
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    status: int
    errcode: int
    rid: str
    appid: str = ""
    known: bool = True
    escaped: bool = False
