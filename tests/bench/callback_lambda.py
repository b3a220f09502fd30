"""CPU of the HTTP lambda for one push of WeChat, from API Gateway's event to the answer: kept, noted, answered where a rule says so."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

from chalicelib.definitions import store as definitions
from chalicelib.replies import publishing
from chalicelib.wechat import secrets
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.secrets import Secret
from tests.bench import traffic
from tests.bench.cpu import COLUMNS, cpu_rows
from tests.bench.network import Network, Payload
from tests.bench.report import Section
from tests.bench.ring import Ring, ring
from tests.bench.timing import Work, cpu_per_event
from tests.support.sdk_wire import Wire
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, ENCODING_KEY, TOKEN

PUSHES: Final = 20
AT: Final = traffic.NOW // 1000  # s
WORDS: Final = "裙装"
REPLY: Final = {
    "account": APPID,
    "on": "text",
    "words": {"contains": [WORDS]},
    "send": [{"text": "裙装新款：https://shop.example.com/dress"}],
}
NOTE: Final = (
    "All for one push in safe mode of a fan who has never written before, through app.py. Plain boto3 as above: the same calls to "
    "DynamoDB by a bare client."
)


def section() -> Section:
    """Texts that no rule answers, texts that one does, and taps on a link of the menu."""
    with _shop() as one:
        works = {
            "a text that no rule answers": _pushes(one, lambda number: _text(number, "你好")),
            "a text that is answered": _pushes(one, lambda number: _text(number, WORDS)),
            "a link of the menu": _pushes(one, _view),
        }
        found = cpu_per_event(works, one.network)
    return Section("CPU of the HTTP lambda for a push of WeChat", COLUMNS, cpu_rows(found, {}), NOTE)


@contextmanager
def _shop() -> Iterator[Ring[Network]]:
    """An account in force with a rule; its secrets need no Parameter Store."""
    kept: Mapping[Secret, tuple[str, ...]] = {Secret.TOKEN: (TOKEN,), Secret.AES_KEY: (ENCODING_KEY,)}
    with ring() as one, patch.object(secrets, "read", lambda _appid, *_secrets: kept):
        for kind, name, document in ((ACCOUNTS, APPID, {"type": "service"}), (publishing.KIND, "dresses", REPLY)):
            definitions.draft(kind, name, document, by="bench", at=one.now)
            definitions.publish(kind, name, by="bench", at=one.now)
        yield one


def _pushes(one: Ring[Network], body: Callable[[int], bytes]) -> Work:
    requests = [_request(one, body(number)) for number in range(PUSHES)]
    tables = one.network.dynamo.tables
    before = {name: dict(items) for name, items in tables.items()}

    def restore() -> None:
        for name in list(tables):
            tables[name] = dict(before.get(name, {}))

    return Work(lambda: one.http(*requests), PUSHES, restore)


def _request(one: Ring[Network], message: bytes) -> Payload:
    encrypt = samples.sealed(message)
    return one.request(Wire("POST", f"/wechat/{APPID}", samples.safe_query(encrypt, AT), samples.safe_body(encrypt)))


def _text(number: int, content: str) -> bytes:
    inside = f"<Content><![CDATA[{content}]]></Content><MsgId>2460100000000{number:04}</MsgId>"
    return samples.body("text", inside=inside, sender=f"oFan-{number:024}", at=AT)


def _view(number: int) -> bytes:
    inside = "<EventKey><![CDATA[https://shop.example.com/]]></EventKey>"
    return samples.body("event", "VIEW", inside, sender=f"oFan-{number:024}", at=AT)
