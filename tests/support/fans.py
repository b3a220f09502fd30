"""A platform whose fans a test makes come and go, and the world around it: stores, queue, lambda and a clock."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.definitions import store as definitions
from chalicelib.entrypoints.read_fans import read_fans
from chalicelib.events.keep import keep
from chalicelib.events.model import Source
from chalicelib.fans import connected, following, run_records, run_tallies, syncing
from chalicelib.fans import store as fans
from chalicelib.fans.model import Fan
from chalicelib.fans.runs import Phase, phase_of
from chalicelib.identity.published import current_rules
from chalicelib.wechat import errors
from chalicelib.wechat.accounts import KIND
from chalicelib.wechat.apis import Api, Json, Query
from chalicelib.wechat.client import Client
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.push import Push
from chalicelib.wechat.wire import Upload
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.pump import Pump
from tests.unit.wechat import samples

APPID = samples.APPID
MINUTE = 60_000
DAY = 86_400_000
NOW = samples.NOW


@dataclass(slots=True)
class FanPlatform:
    """The truth about an account's fans. `since`: by openid the second in which each followed last; `fails`: by path what is raised next.

    `told` are further fields of user/info by openid; `strangers` are openids that are not the account's.
    """

    page_size: int = 10_000
    since: dict[str, int] = field(default_factory=dict)
    told: dict[str, Json] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    fails: dict[str, list[Exception | None]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: Callable[[str], None] = lambda _: None

    def connect(self, appid: str) -> Client:
        """Stands in for `Client`."""
        return _Connected(appid, self)

    def answer(self, api: Api, query: Query, body: Json) -> Json:
        """What the platform answers to a call."""
        self.before(api.path)
        self.calls[api.path] += 1
        waiting = self.fails.get(api.path, [])
        if waiting and (failure := waiting.pop(0)) is not None:
            raise failure
        match api.path:
            case "/cgi-bin/user/get":
                return self._page(query.get("next_openid", ""))
            case "/cgi-bin/user/info":
                return self._info(query["openid"])
            case "/cgi-bin/user/info/batchget":
                return {"user_info_list": [self._info(one["openid"]) for one in body["user_list"]]}
        raise AssertionError(f"nobody may ask for {api.path}")

    def _page(self, after: str) -> Json:
        everybody = sorted(self.since)
        start = everybody.index(after) + 1 if after else 0
        openids = everybody[start : start + self.page_size]
        data = {"data": {"openid": openids}} if openids else {}
        return {"total": len(everybody), "count": len(openids), "next_openid": openids[-1] if openids else "", **data}

    def _info(self, openid: str) -> Json:
        if openid in self.strangers:
            raise refusal(40003)
        own = self.told.get(openid, {})
        if openid not in self.since:
            return {"subscribe": 0, "openid": openid} | ({"unionid": own["unionid"]} if "unionid" in own else {})
        return {"subscribe": 1, "openid": openid, "language": "zh_CN", "subscribe_time": self.since[openid], "remark": "", **own}


class _Connected(Client):
    """A client whose calls come to a FanPlatform."""

    def __init__(self, appid: str, platform: FanPlatform) -> None:
        super().__init__(appid)
        self._platform = platform

    def call(self, api: Api, *, query: Query | None = None, body: Json | None = None, file: Upload | None = None) -> Json:
        return self._platform.answer(api, query or {}, body or {})


def refusal(number: int, now: int = NOW) -> errors.WechatError:
    """What a call raises for an error number."""
    found = errors.error_of(number, "", "/test", now)
    assert found is not None
    return found


@dataclass(slots=True)
class FanWorld:
    """An account in force, its fans in truth (`platform`) and as they are kept, and the lambda that reads them."""

    stack: Stack
    clock: Clock
    pump: Pump
    platform: FanPlatform

    def follow(self, openid: str, at: int | None = None) -> None:
        """A fan follows in truth; nobody has told us yet."""
        self.platform.since[openid] = (self.clock.now if at is None else at) // 1000

    def leave(self, openid: str) -> None:
        """A fan leaves in truth."""
        self.platform.since.pop(openid, None)

    def push(self, event: str, openid: str, at: int | None = None, inside: str = "") -> None:
        """A push arrives, as the callback takes it."""
        arrive(samples.event(event, inside, sender=openid, at=(self.clock.now if at is None else at) // 1000), self.clock.now)

    def sync(self, seconds: int = 120) -> None:
        """A sync of all fans, until nothing is left to do."""
        syncing.start(APPID, self.clock.now)
        self.settle(seconds)

    def settle(self, seconds: int = 120) -> None:
        """Everything that is waiting is done, also what waits for so long."""
        self.pump.drain()
        self.clock.pass_by(seconds * 1000)
        self.pump.drain()

    def fan(self, openid: str) -> Fan:
        """What is known of a fan."""
        return fans.get(APPID, openid) or Fan(APPID, openid)

    def history(self, openid: str) -> list[tuple[str, int, str]]:
        """What was told of a fan's coming and going: event, seconds, `found_by`; earliest first."""
        steps = [one for one in self.told(openid) if one[0] in ("WechatSubscribed", "WechatUnsubscribed")]
        return [(name, time // 1000, document.get("p", {}).get("found_by", "")) for name, time, document in steps]

    def told(self, openid: str) -> list[tuple[str, int, dict[str, Any]]]:
        """All events of a fan, those under the unionid too: name, ms, the rest; in order of time."""
        key = f"openid:{APPID}#{openid}"
        items = [item for item in self.stack.items("events") if item["pk"]["S"] == key or f'"{key}"' in item["d"]["S"]]
        rows = [(item["n"]["S"], int(item["sk"]["S"].partition("#")[0]), json.loads(item["d"]["S"])) for item in items]
        return sorted(rows, key=lambda row: row[1])

    def profiles(self, openid: str) -> list[Any]:
        """The attribute changes that were told of a fan, in order of time."""
        return [change for _, _, document in self.told(openid) for change in document.get("a", [])]

    @property
    def phase(self) -> Phase:
        """Where the last sync stands."""
        run = run_records.latest(APPID)
        assert run is not None
        return phase_of(run, run_tallies.reads(run))


def arrive(push: Push, now: int) -> None:
    """What the callback does with a push that concerns fans."""
    drafts = following.news(push, drafts_of(push, APPID), APPID)
    if drafts:
        keep(drafts, Source(APPID), current_rules(), now)
    following.noted(push, APPID, now)


def publish(appids: Iterable[str] = (APPID,), kind: str = "service", now: int = NOW) -> None:
    """Puts accounts in force."""
    for appid in appids:
        definitions.draft(KIND, appid, {"type": kind}, by="test", at=now)
        definitions.publish(KIND, appid, by="test", at=now)
    connected.forget()


def fan_world(stack: Stack, clock: Clock) -> FanWorld:
    """A world with one account in force, whose lambda takes from the queue. The caller puts the platform in place of `read_fans.Client`."""
    from infra.mappings import READ_FANS

    publish()
    pump = Pump(stack, clock=clock)
    pump.queue(READ_FANS, read_fans)
    return FanWorld(stack, clock, pump, FanPlatform())


def openids(count: int) -> Sequence[str]:
    """Fans."""
    return [f"oFan{number:06d}" for number in range(count)]
