"""The whole state of the local WeChat, the lock that makes a request one transaction, and whom to tell what happened in it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infra.local_wechat.chance import Chance
from infra.local_wechat.clock import Clock
from infra.local_wechat.faults import Fault
from infra.local_wechat.happenings import Happening
from infra.local_wechat.state import Account, Grant, Kind, Logged, Person, QrCode, Relation, Sent, UserToken

Listener = Callable[[Happening], None]


@dataclass(slots=True)
class Choices:
    """What the platform's own pages disagree about, or what a test may want the other way."""

    strict_utf8: bool = True  # refuse bodies with \\u escapes, rather than showing them to fans
    windows_stack: bool = False  # whether triggers add up rather than bring the count back to its maximum
    unionid_when_gone: bool = True  # whether user/info tells the unionid of who does not follow
    refollow_forgets: bool = True  # whether tags and remark are lost when a fan comes back
    classic_grace_seconds: int = 300  # how long the token before the newest one still works
    qr_default_seconds: int = 60  # of a temporary code without expire_seconds
    custom_text_bytes: int = 2048
    image_bytes: int = 10 << 20
    tag_names_in_bytes: bool = True  # whether a tag's name may have 30 bytes, or 30 characters
    tag_deletable_fans: int = 100_000  # with more of them a tag cannot be deleted
    permanent_codes: int = 100_000
    rival_seconds: int = 0  # how often another system asks for a classic token of each account; 0 is never
    template_sends_to_one: int = 0  # a day, before 43117; 0 is no limit


@dataclass(slots=True)
class World:
    """Everything there is. Read and change it inside of `transaction()` only."""

    seed: int = 1
    clock: Clock = field(default_factory=Clock)
    choices: Choices = field(default_factory=Choices)
    listeners: list[Listener] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    chance: Chance = field(init=False)
    accounts: dict[str, Account] = field(init=False)
    persons: dict[str, Person] = field(init=False)
    names: dict[str, Person] = field(init=False)
    relations: dict[tuple[str, str], Relation] = field(init=False)
    openids: dict[str, Relation] = field(init=False)
    codes: dict[str, QrCode] = field(init=False)
    grants: dict[str, Grant] = field(init=False)
    user_tokens: dict[str, UserToken] = field(init=False)
    once: dict[tuple[str, ...], tuple[int, int]] = field(init=False)
    """Idempotency: by key, until when it counts and what was answered."""
    counters: Counter[tuple[str, ...]] = field(init=False)
    faults: list[Fault] = field(init=False)
    outbox: list[Sent] = field(init=False)
    log: list[Logged] = field(init=False)
    pending: list[Happening] = field(init=False)
    _orders: int = field(init=False)
    _depth: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begins anew, as if just made: the seed too."""
        self.chance = Chance(self.seed)
        self.accounts, self.persons, self.names, self.relations, self.openids = {}, {}, {}, {}, {}
        self.codes, self.grants, self.user_tokens, self.once = {}, {}, {}, {}
        self.counters, self.faults, self.outbox, self.log, self.pending = Counter(), [], [], [], []
        self._orders = 0

    @contextmanager
    def transaction(self) -> Iterator["World"]:
        """Nobody else reads or changes anything for the length of the block; afterwards the listeners hear what happened in it.

        May be nested: they hear it when the outermost one has ended.
        """
        with self.lock:
            self._depth += 1
            try:
                yield self
            finally:
                self._depth -= 1
            heard: list[Happening] = []
            if not self._depth:
                heard, self.pending = self.pending, []
        for happening in heard:
            for listener in self.listeners:
                listener(happening)

    def happened(self, happening: Happening) -> None:
        """To be told to the listeners after the transaction."""
        self.pending.append(happening)

    def order(self) -> int:
        """The next number in the order of all that is kept."""
        self._orders += 1
        return self._orders

    def person_named(self, name: str) -> Person:
        """The person of that name, made if there was none."""
        if name not in self.names:
            person = Person(f"p{len(self.persons) + 1}", name)
            self.persons[person.id] = self.names[name] = person
        return self.names[name]

    def relation(self, appid: str, person: str) -> Relation:
        """What is between the two, made if there was nothing. Raises KeyError for an account or person that there is not."""
        account, somebody = self.accounts[appid], self.persons[person]
        key = (account.appid, somebody.id)
        if key not in self.relations:
            made = Relation(appid, person, self.chance.openid(appid, person))
            self.relations[key] = self.openids[made.openid] = made
        return self.relations[key]

    def fan(self, appid: str, openid: str) -> Relation | None:
        """Whom the account calls by the openid; None when it is nobody's, or another account's."""
        found = self.openids.get(openid)
        return found if found is not None and found.appid == appid else None

    def unionid(self, relation: Relation) -> str:
        """What the person is called in all accounts of the open platform; "" without one."""
        platform = self.accounts[relation.appid].open_platform
        return self.chance.unionid(platform, relation.person) if platform else ""

    def followers(self, appid: str) -> list[Relation]:
        """Who follows, in an order that tells nothing but stays."""
        return sorted((one for one in self.relations.values() if one.appid == appid and one.subscribed), key=lambda one: one.openid)


def new_account(world: World, appid: str, kind: Kind, secret: str) -> Account:
    """An account that nothing is set of yet, with its other name."""
    return Account(appid, kind, secret, world.chance.original_id(appid))
