"""A file from its announcement to its events, through HTTP, bucket, queue and lambda."""

import csv
import io
import json
from typing import Any

import pytest
import requests

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.entrypoints.import_files import MessageUnreadable, import_files, imports_of
from chalicelib.entrypoints.merge import merge
from chalicelib.events.store import from_image
from chalicelib.imports.job import BLOCK_BYTES
from infra.mappings import IMPORT_FILES, MERGE
from tests.support.aws import Stack
from tests.support.crashes import killed_at
from tests.support.deliveries import Context, Payload, queue_message
from tests.support.gateway import NOW, Gateway
from tests.support.pump import Pump

MAPPING: dict[str, Any] = {
    "time": "付款时间",
    "id": "订单编号",
    "identifiers": {"mobile": "买家手机"},
    "properties": {"order_id": "订单编号", "amount": {"column": "实付金额", "type": "number"}},
    "context": {"channel": "tmall"},
}
HEADER = ("订单编号", "买家手机", "付款时间", "实付金额", "备注")


def orders(count: int, start: int = 0) -> bytes:
    """An orders file in which every third row cannot be used."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(HEADER)
    for number in range(start, start + count):
        phone = "" if number % 3 == 2 else f"139{number + 10_001:08d}"
        table.writerow([f"A{number}", phone, "2026-11-01 10:23:00", "99.50", 'says "hi"\nand more'])
    return written.getvalue().encode()


@pytest.fixture
def api(stack: Stack) -> Gateway:
    """A loader: it may write."""
    return Gateway(application.app, key=keys.create_api_key([Scope.WRITE], by="test", at=NOW).text)


@pytest.fixture
def pump(stack: Stack) -> Pump:
    """The imports queue feeding its lambda."""
    pump = Pump(stack)
    pump.queue(IMPORT_FILES, import_files)
    return pump


def announce(api: Gateway, **parts: Any) -> dict[str, Any]:
    made = api.call("POST", "/v1/imports", {"kind": "orders", "source": "tmall", "filename": "orders.csv", "mapping": MAPPING, **parts})
    assert made.status == 201, made.body
    found: dict[str, Any] = made.json
    return found


def upload(made: dict[str, Any], content: bytes) -> None:
    sent = requests.request(made["upload"]["method"], made["upload"]["url"], data=content, headers=made["upload"]["headers"], timeout=5)
    assert sent.status_code == 200, sent.text


def status(api: Gateway, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/imports/{made['id']}").json
    return found


def events(stack: Stack) -> set[str]:
    return {from_image(item).id for item in stack.items("events")}


def test_an_uploaded_file_becomes_events_and_tells_what_it_refused(stack: Stack, api: Gateway, pump: Pump) -> None:
    made = announce(api)
    assert status(api, made)["state"] == "waiting"
    content = orders(9)
    upload(made, content)
    pump.drain()
    found = status(api, made)
    assert (found["state"], found["code"]) == ("done", None)
    assert found["rows"] == {"read": 9, "kept": 6, "refused": 3, "skipped": 0}
    assert found["bytes"] == {"done": len(content), "total": len(content)}
    assert events(stack) == {f"OrderPaid:A{number}" for number in (0, 1, 3, 4, 6, 7)}
    refused = api.get(f"/v1/imports/{made['id']}/rejections").json
    assert [(row["row"], row["code"]) for row in refused["items"]] == [
        (3, "identifier_missing"),
        (6, "identifier_missing"),
        (9, "identifier_missing"),
    ]
    assert refused["items"][0]["record"] == dict(
        zip(HEADER, ("A2", "", "2026-11-01 10:23:00", "99.50", 'says "hi"\nand more'), strict=True)
    )


def test_an_order_with_only_a_phone_lands_on_the_person_who_holds_it(stack: Stack, api: Gateway, pump: Pump) -> None:
    admin = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)
    admin.call("PUT", "/v1/sources/shop", {"title": "官网"})
    admin.call("POST", "/v1/sources/shop/publish")
    write_key = keys.create_write_key("shop", by="test", at=NOW).text
    login = {"name": "Login", "time": "2026-10-01T10:00:00+08:00", "identifiers": {"user_id": "u1", "mobile": "13900010002"}}
    Gateway(application.app, key=write_key).call("POST", "/v1/events", {"events": [login]})
    pump.stream(MERGE, merge)
    upload(announce(api), orders(2))
    pump.drain()
    timeline = admin.get("/v1/people/user_id/u1/timeline?order=asc").json
    assert [event["name"] for event in timeline["items"]] == ["Login", "OrderPaid"]
    assert timeline["items"][1]["properties"] == {"order_id": "A1", "amount": 99.5}
    assert timeline["items"][1]["source"] == "tmall"


def test_the_same_file_again_makes_no_further_events(stack: Stack, api: Gateway, pump: Pump) -> None:
    for _ in range(2):
        made = announce(api)
        upload(made, orders(9))
        pump.drain()
        assert status(api, made)["rows"]["kept"] == 6
    assert len(stack.items("events")) == 6


def test_a_file_uploaded_twice_to_one_import_is_read_once(stack: Stack, api: Gateway, pump: Pump) -> None:
    made = announce(api)
    upload(made, orders(3))
    pump.drain()
    upload(made, orders(3, start=30))
    pump.drain()
    assert status(api, made)["rows"]["read"] == 3
    assert len(stack.items("events")) == 2


def test_a_lambda_killed_at_any_write_loses_and_doubles_nothing(stack: Stack, api: Gateway) -> None:
    content = orders(12)
    stack.messages("imports")  # the bucket's test message
    for moment in (False, True):
        for number in range(40):
            made = announce(api)
            upload(made, content)
            (message,) = stack.client("sqs").receive_message(QueueUrl=stack.queue_url("imports"), MaxNumberOfMessages=1)["Messages"]
            batch = {"Records": [queue_message(message, "arn")]}
            killed = killed_at(number, lambda batch=batch: import_files(batch, Context("import_files", "r")), after=moment)  # type: ignore[misc]
            if killed:
                import_files(batch, Context("import_files", "r"))
            assert status(api, made)["rows"] == {"read": 12, "kept": 8, "refused": 4, "skipped": 0}
            assert len(api.get(f"/v1/imports/{made['id']}/rejections").json["items"]) == 4
            assert len(stack.items("events")) == 8
            stack.client("sqs").delete_message(QueueUrl=stack.queue_url("imports"), ReceiptHandle=message["ReceiptHandle"])
            if not killed:
                break
        else:
            pytest.fail("more writes than expected")


def test_a_long_file_is_read_by_one_lambda_after_the_other(stack: Stack, api: Gateway) -> None:
    made = announce(api)
    upload(made, orders(500))
    pump = Pump(stack)
    calls = 0

    def short_of_time(event: Payload, context: Any) -> Payload:
        nonlocal calls
        calls += 1
        return import_files(event, Hurried(3))

    pump.queue(IMPORT_FILES, short_of_time)
    pump.drain()
    assert calls == 3
    assert status(api, made)["rows"] == {"read": 500, "kept": 334, "refused": 166, "skipped": 0}
    assert len(stack.items("events")) == 334


class Hurried(Context):
    """A context that has time for the first looks at the clock only."""

    def __init__(self, looks: int) -> None:
        super().__init__("import_files", "r")
        object.__setattr__(self, "looks", looks)

    def get_remaining_time_in_millis(self) -> int:
        object.__setattr__(self, "looks", self.looks - 1)  # type: ignore[attr-defined]
        return 300_000 if self.looks >= 0 else 1_000  # type: ignore[attr-defined]


def test_a_file_larger_than_a_block_is_read_whole(stack: Stack, api: Gateway, pump: Pump) -> None:
    line = "A{0},13900010001,2026-11-01 10:23:00,1," + "订" * 4000 + "\n"
    content = (",".join(HEADER) + "\n" + "".join(line.format(number) for number in range(120))).encode("gb18030")
    assert len(content) < BLOCK_BYTES < len(content) * 2
    made = announce(api, mapping={**MAPPING, "encoding": "gb18030"})
    upload(made, content * 2)
    pump.drain()
    assert status(api, made)["rows"] == {"read": 241, "kept": 240, "refused": 1, "skipped": 0}
    assert len(stack.items("events")) == 120


def test_refused_rows_come_in_pages(stack: Stack, api: Gateway, pump: Pump) -> None:
    made = announce(api)
    upload(made, orders(200))
    pump.drain()
    rows, cursor = [], ""
    while True:
        page = api.get(f"/v1/imports/{made['id']}/rejections?limit=25{cursor}").json
        rows += [row["row"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert rows == list(range(3, 200, 3))
    assert api.get(f"/v1/imports/{made['id']}/rejections?cursor=x").json["code"] == "request_invalid"


def test_refused_rows_are_rejections_too(stack: Stack, api: Gateway, pump: Pump) -> None:
    upload(announce(api), orders(3))
    pump.drain()
    (rejection,) = stack.items("rejections")
    assert rejection["code"]["S"] == "identifier_missing"


def test_a_file_that_cannot_be_read_says_why(stack: Stack, api: Gateway, pump: Pump) -> None:
    made = announce(api)
    upload(made, b"order,phone\n1,2\n")
    pump.drain()
    found = status(api, made)
    assert (found["state"], found["code"], found["rows"]["read"]) == ("failed", "column_missing", 0)
    assert "付款时间 (time)" in found["detail"]
    assert not stack.messages("imports")


def test_a_file_without_a_mapping_shows_the_one_that_was_derived(stack: Stack, api: Gateway, pump: Pump) -> None:
    made = announce(api, mapping=None)
    assert status(api, made)["mapping"] is None
    upload(made, orders(3))
    pump.drain()
    found = status(api, made)
    assert found["rows"]["kept"] == 2
    assert found["mapping"]["identifiers"] == {"mobile": {"column": "买家手机"}}


@pytest.mark.parametrize(("published", "verified"), [({"third_party": False}, True), ({"third_party": True}, False), (None, False)])
def test_the_source_decides_whether_phones_are_vouched_for(stack: Stack, api: Gateway, pump: Pump, published: Any, verified: bool) -> None:
    if published is not None:
        api.call("PUT", "/v1/sources/tmall", published)
        api.call("POST", "/v1/sources/tmall/publish")
    upload(announce(api), orders(1))
    pump.drain()
    (event,) = [from_image(item) for item in stack.items("events")]
    assert bool(event.verified) is verified


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"kind": "shoes"}, "kind"),
        ({"format": "xlsx"}, "format"),
        ({"source": "no spaces"}, "source"),
        ({"mapping": {"identifiers": {}}}, "mapping/identifiers"),
        ({"mapping": {**MAPPING, "time": {"column": "t", "format": "soon"}}}, "mapping/time/format"),
        ({"mapping": {**MAPPING, "properties": {f"p{number}": "x" * 200 for number in range(200)}}}, "mapping"),
        ({"format": "jsonl", "mapping": None}, ""),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_announcement_is_refused_with_the_place(api: Gateway, parts: dict[str, Any], path: str) -> None:
    refused = api.call("POST", "/v1/imports", {"kind": "orders", "mapping": MAPPING, **parts})
    assert (refused.status, refused.json["code"]) == (422, "document_invalid")
    assert path in [one["path"] for one in refused.json["errors"]]


def test_an_import_that_nobody_announced_is_not_found(api: Gateway) -> None:
    assert api.get("/v1/imports/nobody").status == 404
    assert api.get("/v1/imports/nobody/rejections").status == 404


def test_messages_that_are_about_no_import_are_done_with(stack: Stack) -> None:
    bodies = [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"},
        {"Records": [{"s3": {"object": {"key": "something/else.csv"}}}]},
        {"Records": [{"s3": {"object": {"key": "imports/unknown/file"}}}]},
        {"import": "unknown"},
    ]
    for body in bodies:
        answer = import_files({"Records": [{"messageId": "m", "body": json.dumps(body)}]}, Context("import_files", "r"))
        assert answer == {"batchItemFailures": []}


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "{}", '{"Records": 7}', '{"Records": [{}]}', '{"import": 7}'])
def test_a_message_that_nobody_understands_is_a_dead_letter_with_the_reason(stack: Stack, body: str) -> None:
    with pytest.raises(MessageUnreadable):
        imports_of(body)
    import_files({"Records": [{"messageId": "m", "body": body}]}, Context("import_files", "r"))
    (letter,) = map(json.loads, stack.messages("dead-letters"))
    assert (letter["function"], letter["pk"]) == ("import_files", "m")
    assert "neither a message of S3 nor ours" in letter["reason"]


def test_keys_in_messages_are_decoded() -> None:
    assert imports_of(json.dumps({"Records": [{"s3": {"object": {"key": "imports%2Fa+b/file"}}}]})) == ["a b"]


def test_a_message_is_left_for_later_when_time_is_short(stack: Stack) -> None:
    answer = import_files({"Records": [{"messageId": one, "body": '{"import": "none"}'} for one in ("first", "later")]}, Hurried(0))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "later"}]}
