"""The decisions inside the emulator's repairs."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.emulator.code import SharedZip
from infra.emulator.expiry import is_expired
from infra.emulator.functions import metrics_in
from infra.emulator.permissions import naming, permitting
from infra.emulator.retries import LONGEST_PAUSE, Progress, after

FOR_EVER = -1


def test_a_batch_that_worked_is_done() -> None:
    step = after(Progress(tries=3), size=10, failed_at=None, retries=5, bisect=True)
    assert (step.done, step.given_up, step.progress) == (10, 0, Progress())


def test_what_came_before_the_first_failure_is_done_and_the_rest_comes_again() -> None:
    step = after(Progress(), size=10, failed_at=4, retries=5, bisect=False)
    assert (step.done, step.given_up) == (4, 0)


def test_a_raised_exception_halves_the_batch_without_using_up_a_try() -> None:
    step = after(Progress(tries=2), size=10, failed_at=0, retries=5, bisect=True)
    assert (step.done, step.progress) == (0, Progress(tries=2, limit=5))


def test_a_record_that_used_up_its_tries_is_given_up() -> None:
    step = after(Progress(tries=5), size=1, failed_at=0, retries=5, bisect=True)
    assert (step.done, step.given_up) == (1, 1)


def test_without_a_limit_nothing_is_given_up() -> None:
    assert after(Progress(tries=9999), size=1, failed_at=0, retries=FOR_EVER, bisect=False).given_up == 0


@given(size=st.integers(1, 200), poison=st.integers(0, 199), retries=st.integers(0, 5))
def test_one_poison_record_never_stops_the_others(size: int, poison: int, retries: int) -> None:
    poison %= size
    place, progress, delivered, dead = 0, Progress(), set(), []
    for _ in range(5000):
        if place >= size:
            break
        batch = list(range(place, min(size, place + (progress.limit or 100))))
        step = after(progress, len(batch), 0 if poison in batch else None, retries, bisect=True)
        dead += batch[step.done - step.given_up : step.done]
        delivered |= set(batch[: step.done - step.given_up])
        place, progress = place + step.done, step.progress
    assert dead == [poison]
    assert delivered == set(range(size)) - {poison}


@given(st.integers(0, 60))
def test_pauses_grow_but_stay_bearable(tries: int) -> None:
    assert 0 < after(Progress(tries=tries), 1, 0, FOR_EVER, bisect=False).pause <= LONGEST_PAUSE


@pytest.mark.parametrize(
    ("attribute", "expired"),
    [({"N": "99"}, True), ({"N": "100"}, True), ({"N": "101"}, False), ({"S": "1"}, False), (None, False)],
)
def test_only_a_number_in_the_past_expires(attribute: dict[str, str] | None, expired: bool) -> None:
    assert is_expired(attribute, now=100) is expired


def test_metrics_are_read_out_of_log_lines() -> None:
    directive = {"Namespace": "Huiliu", "Dimensions": [["service"]], "Metrics": [{"Name": "Refused", "Unit": "Count"}]}
    line = "prefix " + json.dumps({"_aws": {"CloudWatchMetrics": [directive]}, "service": "s", "Refused": [2, 3]})
    expected = [("Huiliu", "Refused", value, "Count", {"service": "s"}) for value in (2.0, 3.0)]
    assert list(metrics_in(line)) == expected


@pytest.mark.parametrize("line", ["", "plain text", '{"_aws": broken', '{"message": "no metrics"}'])
def test_other_lines_hold_no_metrics(line: str) -> None:
    assert list(metrics_in(line)) == []


@pytest.mark.parametrize(("call", "action"), [
    ("AmazonSQS.SendMessageBatch", "SendMessage"),
    ("AmazonSQS.DeleteMessageBatch", "DeleteMessage"),
    ("AmazonSQS.ReceiveMessage", "ReceiveMessage"),
    ("DynamoDB_20120810.BatchWriteItem", "BatchWriteItem"),
    (None, None),
])  # fmt: skip
def test_several_messages_need_the_permission_of_one(call: str | None, action: str | None) -> None:
    read = permitting(lambda headers: headers["x-amz-target"].rpartition(".")[2] if "x-amz-target" in headers else None)
    assert read({"x-amz-target": call} if call else {}) == action


def unpacked(archive: Path, target: Path) -> Path:
    target.mkdir()
    with SharedZip(archive) as opened:
        opened.extractall(target)
    return target


def test_a_package_is_unpacked_once_and_another_one_beside_it(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr("lib/words.txt", name)
    first, again = (unpacked(tmp_path / "one.zip", tmp_path / target) for target in ("first", "again"))
    other = unpacked(tmp_path / "two.zip", tmp_path / "other")
    assert [(folder / "lib" / "words.txt").read_text("utf-8") for folder in (first, again, other)] == ["one", "one", "two"]
    assert first.resolve() == again.resolve() != other.resolve()


@pytest.mark.parametrize(
    ("service", "body", "expected"),
    [
        ("ssm", b'{"Names": ["/huiliu/wechat/wx/token", "/huiliu/wechat/wx/aes_key"]}', "arn:aws:ssm:r:1:parameter/huiliu/wechat/wx/token"),
        ("ssm", b'{"Names": []}', "*"),
        ("ssm", b'{"Names": [7]}', "*"),
        ("ssm", b"[]", "*"),
        ("ssm", b"", "*"),
        ("sns", b'{"Names": ["/a"]}', "*"),
    ],
)
def test_a_call_for_several_parameters_is_about_them(service: str, body: bytes, expected: str) -> None:
    resource_of = naming(lambda *_: "*")
    assert resource_of(service, "POST", "/", {}, body, {}, "r", "1") == expected


def test_what_a_call_is_about_stays_where_it_is_known() -> None:
    assert naming(lambda *_: "arn:one")("ssm", "POST", "/", {}, b'{"Names": ["/a"]}', {}, "r", "1") == "arn:one"
