"""Over real connections: our adapters with their real means, the fronts in threads, and faults that only a connection can have."""

import ast
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import infra.local_providers
from chalicelib.outgoing import transport
from chalicelib.providers import push_jpush, sms_aliyun, sms_tencent, webhook
from chalicelib.providers.addresses import OPEN
from chalicelib.providers.model import Account, Reason, Result, SmsMessage, WebhookMessage
from chalicelib.providers.reaching import REAL, guarded
from infra.local_providers.driver import Driver
from infra.local_providers.server import LocalProviders
from infra.local_wechat.clock import wall_clock
from tests.unit.local_providers.bridge import ALIYUN, HOOK, HOOK_SECRET, JPUSH, TENCENT

SMS = SmsMessage("m-1", "+8613800000000", "T1", "旗舰店", {"name": "木兰 ❤ *~+&="})
SOON = 10.0  # s; far more than is needed


@pytest.fixture
def driver() -> Iterator[Driver]:
    with LocalProviders() as running:
        made = Driver(running.url)
        for provider, key_id in (("aliyun", "AK1"), ("tencent", "AKID1")):
            made.account(provider, key_id, "SK1", app_id="1400000001", signatures=["旗舰店"], templates={"T1": {"variables": ["name"]}})
        made.account("jpush", "app1", "SK1")
        yield made


def at(account: Account, driver: Driver) -> Account:
    return Account(account.name, account.adapter, account.settings, account.secrets, driver.url)


def test_every_signature_holds_over_the_wire(driver: Driver) -> None:
    now = wall_clock()
    assert sms_aliyun.ADAPTER.send(SMS, at(ALIYUN, driver), now, REAL).kind is Result.SENT
    assert sms_tencent.ADAPTER.send(SMS, at(TENCENT, driver), now, REAL).kind is Result.SENT
    assert isinstance(push_jpush.ADAPTER.draw_keys(1, at(JPUSH, driver), now, REAL), tuple)
    assert [one["key"] for one in driver.outbox()] == ["m-1", "m-1"]


@pytest.mark.parametrize(
    ("effect", "taken"), [("reset", 0), ("reset_after", 1), ({"timeout": 0.05}, 0), ({"timeout_after": 0.05}, 1), ("truncate", 1)]
)
def test_what_a_connection_loses_is_unknown_whether_it_was_taken_on_or_not(driver: Driver, effect: object, taken: int) -> None:
    driver.fault(effect, {"action": "SendSms"})  # type: ignore[arg-type]
    assert sms_aliyun.ADAPTER.send(SMS, at(ALIYUN, driver), wall_clock(), REAL).kind is Result.UNKNOWN
    assert len(driver.outbox()) == taken


def test_a_slow_answer_is_one_until_patience_ends(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.fault({"slow": 0.5}, {"action": "SendSms"})
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    assert sms_aliyun.ADAPTER.send(SMS, at(ALIYUN, driver), wall_clock(), REAL).kind is Result.UNKNOWN


def test_fronts_that_are_gone_are_certainly_not_reached() -> None:
    with LocalProviders() as running:
        driver = Driver(running.url)
    found = sms_aliyun.ADAPTER.send(SMS, at(ALIYUN, driver), wall_clock(), REAL)
    assert (found.kind, found.reason) == (Result.RETRY, Reason.PROVIDER_AWAY)


def test_a_webhook_reaches_a_developers_machine_only_where_that_is_allowed(driver: Driver) -> None:
    message = WebhookMessage("m-1", driver.receiver("crm", HOOK_SECRET), b'{"event":"paid"}')
    assert webhook.ADAPTER.send(message, HOOK, wall_clock(), REAL).reason is Reason.ADDRESS_FORBIDDEN
    assert webhook.ADAPTER.send(message, HOOK, wall_clock(), guarded(OPEN)).kind is Result.SENT
    assert [one["key"] for one in driver.outbox(provider="webhook")] == ["m-1"]


def test_receipts_come_by_themselves(driver: Driver) -> None:
    came, bodies = threading.Event(), []

    class Ours(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sms_aliyun.ADAPTER.acknowledgement)
            came.set()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        ours = f"http://127.0.0.1:{server.server_port}/receipts"
        driver.account("aliyun", "AK1", "SK1", signatures=["旗舰店"], templates={"T1": {"variables": ["name"]}}, receipts_url=ours)
        driver.choices(receipt_ms=1)
        outcome = sms_aliyun.ADAPTER.send(SMS, at(ALIYUN, driver), wall_clock(), REAL)
        assert came.wait(SOON)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    [receipt] = sms_aliyun.ADAPTER.receipts(bodies[0])
    assert (receipt.provider_id, receipt.key) == (outcome.provider_id, "m-1")


def test_the_fronts_share_nothing_with_the_product() -> None:
    for path in Path(infra.local_providers.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in getattr(node, "names", ())]
            assert not any(name.partition(".")[0] in {"chalicelib", "requests", "boto3"} for name in names), path
