"""A WeChat account for tests of tags and menus, with the platform's limits and refusals.

account = Account(fans={"oFan1"})
account.tags_of("oFan1")                  # names of tags
account.menu("oFan1")                     # names of the buttons that the fan sees
account.fails("tag", error(45009))        # the next call of that name fails

Fans who get a tag by `hand` get it from an operator in WeChat's console.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.wechat.calls.menus import Conditional, Menus
from chalicelib.wechat.calls.tags import PlatformTag
from chalicelib.wechat.calls.users import Page
from chalicelib.wechat.errors import WechatError, error_of

NOW: Final = 1_795_300_000_000
MAX_TAGS: Final = 100
MAX_OF_A_FAN: Final = 20
MAX_BATCH: Final = 50
SYSTEM: Final = {0: "未分组", 1: "黑名单", 2: "星标组"}

Shape = Mapping[str, Any]


def error(number: int, api: str = "/cgi-bin/test") -> WechatError:
    """What an error number of the platform is raised as."""
    found = error_of(number, "refused rid: 12345678-12345678-12345678", api, NOW)
    assert found is not None
    return found


@dataclass(slots=True)
class Account:
    """The truth about an account. Plays the calls of `tagging.platform.Tags`; `menus` plays those of `menus.platform.MenuCalls`.

    `before` and `after` are called around every call, with its name: to let others do something meanwhile, or to die.
    """

    fans: set[str] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=lambda: dict(SYSTEM))
    held: dict[str, list[int]] = field(default_factory=dict)  # by openid, in the order in which they were set
    everybodys: list[Shape] | None = None
    personal: list[Conditional] = field(default_factory=list)  # oldest first
    page_size: int = 10_000
    max_personal: int = 1_000
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    _next: int = 100
    _failures: dict[str, list[WechatError]] = field(default_factory=dict)

    # ---- what tests look at ----

    def follow(self, *openids: str) -> None:
        """They follow, without any tag."""
        for openid in openids:
            self.fans.add(openid)
            self.held.pop(openid, None)

    def unfollow(self, openid: str) -> None:
        """The platform forgets the tags."""
        self.fans.discard(openid)
        self.held.pop(openid, None)

    def tags_of(self, openid: str) -> set[str]:
        """The names of a fan's tags."""
        return {self.names[tag] for tag in self.held.get(openid, ())}

    def holders_of(self, name: str) -> set[str]:
        """The fans with a tag."""
        return {openid for openid in self.held if name in self.tags_of(openid)}

    def number(self, name: str) -> int:
        """The platform's number of a tag."""
        return next(number for number, one in self.names.items() if one == name)

    def menu(self, openid: str) -> list[str]:
        """The names of the buttons that a fan sees: of the newest menu for one of its tags, or of that for everybody."""
        for one in reversed(self.personal):
            if one.tag in self.held.get(openid, ()):
                return [button["name"] for button in one.buttons]
        return [button["name"] for button in self.everybodys or ()]

    def fails(self, call: str, *errors: WechatError) -> None:
        """The next calls of that name fail."""
        self._failures.setdefault(call, []).extend(errors)

    def count(self, call: str) -> int:
        """How often something was called."""
        return Counter(self.calls)[call]

    def hand(self, openid: str, name: str) -> None:
        """An operator gives a tag in the console."""
        number = next((number for number, one in self.names.items() if one == name), None) or self._made(name)
        self.held.setdefault(openid, []).append(number)

    # ---- tags ----

    def all(self) -> list[PlatformTag]:
        self.called("all")
        return [PlatformTag(number, name, len(self.holders_of(name))) for number, name in self.names.items()]

    def create(self, name: str) -> int:
        self.called("create")
        if name in self.names.values():
            raise error(45157)
        if len(name.encode()) > 30:
            raise error(45158)
        if len(self.names) >= MAX_TAGS:
            raise error(45056)
        number = self._made(name)
        self.after("create")
        return number

    def delete(self, tag: int) -> None:
        self.called("delete")
        if tag in SYSTEM:
            raise error(45058)
        self._known(tag)
        del self.names[tag]
        for tags in self.held.values():
            if tag in tags:
                tags.remove(tag)
        self.after("delete")

    def tag(self, tag: int, openids: Sequence[str]) -> None:
        self.called("tag")
        self._check(tag, openids)
        for openid in openids:
            tags = self.held.setdefault(openid, [])
            if tag not in tags and len(tags) >= MAX_OF_A_FAN:
                raise error(45059)
        for openid in openids:
            if tag not in self.held[openid]:
                self.held[openid].append(tag)
        self.after("tag")

    def untag(self, tag: int, openids: Sequence[str]) -> None:
        self.called("untag")
        self._check(tag, openids)
        for openid in openids:
            if tag in self.held.get(openid, ()):
                self.held[openid].remove(tag)
        self.after("untag")

    def holders(self, tag: int, after: str) -> Page:
        self.called("holders")
        listed = sorted(openid for openid, tags in self.held.items() if tag in tags)
        if after and after not in listed:
            raise error(40003)
        start = listed.index(after) + 1 if after else 0
        page = tuple(listed[start : start + self.page_size])
        return Page(page, page[-1] if page else "")

    # ---- what both sides share ----

    @property
    def menus(self) -> "MenuSide":
        """The calls about its menus."""
        return MenuSide(self)

    def number_anew(self) -> int:
        """A number that nothing has yet."""
        self._next += 1
        return self._next

    def called(self, name: str) -> None:
        """Notes a call, and fails it if that was asked for."""
        self.calls.append(name)
        self.before(name)
        if waiting := self._failures.get(name):
            raise waiting.pop(0)

    def _check(self, tag: int, openids: Sequence[str]) -> None:
        if len(openids) > MAX_BATCH:
            raise error(40032)
        self._known(tag)
        if not set(openids) <= self.fans:
            raise error(40003)

    def _known(self, tag: int) -> None:
        if tag not in self.names:
            raise error(45159)

    def _made(self, name: str) -> int:
        number = self.number_anew()
        self.names[number] = name
        return number


@dataclass(slots=True)
class MenuSide:
    """The calls about the menus of an account."""

    account: Account

    def create(self, buttons: Sequence[Shape]) -> None:
        self.account.called("create_menu")
        self.account.everybodys = [dict(one) for one in buttons]
        self.account.after("create_menu")

    def get(self) -> Menus | None:
        self.account.called("get")
        if self.account.everybodys is None:
            return None
        shown = tuple({**one, "sub_button": one.get("sub_button", [])} for one in self.account.everybodys)  # as the platform does
        return Menus(shown, tuple(reversed(self.account.personal)))

    def delete(self) -> None:
        self.account.called("delete_menus")
        self.account.everybodys, self.account.personal = None, []
        self.account.after("delete_menus")

    def add_conditional(self, buttons: Sequence[Shape], tag: int) -> str:
        account = self.account
        account.called("add_conditional")
        if account.everybodys is None:
            raise error(65303)
        if len(account.personal) >= account.max_personal:
            raise error(65305)
        number = str(account.number_anew())
        account.personal.append(Conditional(number, tuple(dict(one) for one in buttons), tag))
        account.after("add_conditional")
        return number

    def delete_conditional(self, menu: str) -> None:
        account = self.account
        account.called("delete_conditional")
        if menu not in {one.id for one in account.personal}:
            raise error(65301)
        account.personal = [one for one in account.personal if one.id != menu]
        account.after("delete_conditional")
