"""Mass messages: one call for a group, once, whoever dies in between; and what the platform tells of the job."""

from functools import partial
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from chalicelib.channels import mass_groups, mass_jobs
from chalicelib.channels.mass import ALONE_MS
from chalicelib.channels.mass_group import GroupState
from chalicelib.contacts import store as contacts
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate, Outcome, Reason, Result
from tests.support.crashes import killed_at, writes_of
from tests.support.senders import Town
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION

SEND = "message/mass/send"
NAMES = ("mulan", "xuan", "jing")


@pytest.fixture
def fans(town: Town) -> list[str]:
    return [town.fan(name) for name in NAMES]


def results(outcomes: dict[str, Outcome]) -> dict[str, tuple[Result, str]]:
    return {message: (one.kind, one.reason) for message, one in outcomes.items()}


def all_of(result: Result, reason: str = "") -> dict[str, tuple[Result, str]]:
    return {f"m{place}": (result, reason) for place in range(len(NAMES))}


def test_a_group_goes_out_in_one_call_whose_key_is_the_groups(town: Town, fans: list[str]) -> None:
    outcomes = town.mass.send_group("g1", town.parcels(fans), town.now)
    assert results(outcomes) == all_of(Result.SENT)
    assert sorted(town.outbox) == sorted(fans)
    assert (town.sent["clientmsgid"], town.sent["touser"], town.calls(SEND)) == ("g1", fans, 1)
    assert {one.provider_id for one in outcomes.values()} == {str(town.platform.world.outbox[-1].msgid)}


def test_the_same_group_again_is_the_same_job_without_a_call(town: Town, fans: list[str]) -> None:
    first = town.mass.send_group("g1", town.parcels(fans), town.now)
    assert town.mass.send_group("g1", town.parcels(fans)[1:], town.now) == first
    assert town.calls(SEND) == 1


def test_after_a_lost_answer_a_part_of_the_group_asks_again_for_all_of_it(town: Town, fans: list[str]) -> None:
    town.fails(SEND, "timeout_after", count=1)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.UNKNOWN, Reason.PROVIDER_SILENT)
    again = town.mass.send_group("g1", town.parcels(fans)[2:], town.now)
    assert results(again) == all_of(Result.SENT)
    assert sorted(town.outbox) == sorted(fans)


def test_when_the_call_never_arrived_the_second_brings_it_to_all_not_only_to_those_who_ask(town: Town, fans: list[str]) -> None:
    town.fails(SEND, "timeout", count=1)
    town.mass.send_group("g1", town.parcels(fans), town.now)
    assert town.outbox == []
    town.mass.send_group("g1", town.parcels(fans)[:1], town.now)
    assert sorted(town.outbox) == sorted(fans)


def test_a_refusal_of_a_repeated_call_proves_nothing_about_the_first(town: Town, fans: list[str]) -> None:
    town.fails(SEND, "timeout_after", count=1)
    town.mass.send_group("g1", town.parcels(fans), town.now)
    town.refuses(SEND, 45011, count=1)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.UNKNOWN, Reason.PROVIDER_SILENT)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.SENT)
    assert len(town.outbox) == len(fans)


@pytest.mark.parametrize(
    ("number", "result", "reason"),
    [
        (45009, Result.LIMITED, "account_limit"),
        (45011, Result.LIMITED, "account_limit"),
        (45028, Result.LIMITED, "account_limit"),
        (40007, Result.REFUSED, "content_refused"),
        (45067, Result.REFUSED, "request_invalid"),
        (48001, Result.MISCONFIGURED, "permission_missing"),
        (48003, Result.MISCONFIGURED, "permission_missing"),
    ],
)
def test_a_first_call_that_was_refused_frees_its_messages(town: Town, fans: list[str], number: int, result: Result, reason: str) -> None:
    town.refuses(SEND, number)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(result, reason)
    assert mass_groups.dissolve("g1", town.now) is None
    town.heals()
    town.pass_by(24 * 3_600_000)
    assert results(town.mass.send_group("g2", town.parcels(fans), town.now)) == all_of(Result.SENT)


def test_a_number_that_says_a_call_with_the_key_was_just_made_leaves_it_open(town: Town, fans: list[str]) -> None:
    town.refuses(SEND, 45066, count=1)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.UNKNOWN, Reason.PROVIDER_SILENT)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.SENT)


def test_one_openid_that_is_nobodys_does_not_spoil_the_list(town: Town, fans: list[str]) -> None:
    parcels = town.parcels([*fans, "oNobody"])
    outcomes = results(town.mass.send_group("g1", parcels, town.now))
    assert outcomes == {**all_of(Result.SENT), "m3": (Result.UNREACHABLE, Reason.ADDRESS_INVALID)}
    assert sorted(town.outbox) == sorted(fans)
    assert results(town.mass.send_group("g1", parcels, town.now)) == outcomes
    assert len(town.outbox) == len(fans)


def test_who_spoilt_a_list_is_not_on_the_next_one(town: Town, fans: list[str]) -> None:
    town.mass.send_group("g1", town.parcels([*fans, "oNobody"]), town.now)
    contact = contacts.contact(f"openid:{SERVICE}#oNobody")
    assert contact.unreachable[ChannelName.MASS].reason == Reason.ADDRESS_INVALID


def test_a_list_that_is_refused_for_a_reason_that_nobody_finds_is_refused(town: Town, fans: list[str]) -> None:
    town.refuses(SEND, 40031)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.REFUSED, Reason.REQUEST_INVALID)


@pytest.mark.parametrize(("path", "result"), [("user/info/batchget", Result.RETRY), ("user/info", Result.RETRY)])
def test_when_nobody_can_say_who_spoils_a_list_it_is_tried_again(town: Town, fans: list[str], path: str, result: Result) -> None:
    town.fails(path, "timeout")
    outcomes = town.mass.send_group("g1", town.parcels([*fans, "oNobody"]), town.now)
    assert {one.kind for one in outcomes.values()} == {result}
    assert town.outbox == []


def test_no_list_is_sifted_that_may_have_gone_out_before(town: Town, fans: list[str]) -> None:
    town.fails(SEND, "timeout_after", count=1)
    town.mass.send_group("g1", town.parcels(fans), town.now)
    town.refuses(SEND, 40003, count=1)
    again = town.mass.send_group("g1", town.parcels(fans), town.now)
    assert results(again) == all_of(Result.UNKNOWN, Reason.PROVIDER_SILENT)
    assert len(town.outbox) == len(fans)


def test_with_one_good_openid_left_the_message_looks_for_other_company(town: Town) -> None:
    outcomes = results(town.mass.send_group("g1", town.parcels([town.fan("mulan"), "oNobody"]), town.now))
    assert outcomes == {"m0": (Result.RETRY, "mass_alone"), "m1": (Result.UNREACHABLE, Reason.ADDRESS_INVALID)}
    assert town.outbox == []
    assert mass_groups.dissolve("g1", town.now) is None


def test_one_person_alone_waits_for_company_and_then_may_go_another_way(town: Town) -> None:
    parcel = town.parcel(town.fan("mulan"), ChannelName.MASS)
    waits = town.mass.send(parcel, town.now)
    assert (waits.kind, waits.reason) == (Result.LIMITED, "mass_alone")
    assert waits.until is not None
    assert waits.until > town.now
    town.pass_by(ALONE_MS)
    assert results(town.mass.send_group("g1", [parcel], town.now)) == {"m1": (Result.UNREACHABLE, "mass_alone")}
    assert town.calls(SEND) == 0


def test_all_who_wait_alone_come_back_at_the_same_moment(town: Town) -> None:
    fan = town.fan("mulan")
    ends = set()
    for _ in range(4):
        ends.add(town.mass.send(town.parcel(fan, ChannelName.MASS), town.now).until)
        town.pass_by(20_000)
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("appid", "result", "reason"),
    [
        (SUBSCRIPTION, Result.REFUSED, "mass_unlisted"),
        (MINI, Result.MISCONFIGURED, Reason.ACCOUNT_MISMATCH),
        ("wxnone", Result.MISCONFIGURED, Reason.ACCOUNT_UNKNOWN),
    ],
)
def test_lists_are_for_service_accounts(town: Town, appid: str, result: Result, reason: str) -> None:
    parcels = [town.parcel(f"o{place}", ChannelName.MASS, appid, f"m{place}") for place in range(3)]
    assert results(town.mass.send_group("g1", parcels, town.now)) == all_of(result, reason)
    assert town.calls(SEND) == 0


def test_a_message_that_goes_to_a_fan_twice_in_one_list_reaches_them_once(town: Town, fans: list[str]) -> None:
    outcomes = town.mass.send_group("g1", town.parcels([*fans, fans[0]]), town.now)
    assert {one.kind for one in outcomes.values()} == {Result.SENT}
    assert town.outbox.count(fans[0]) == 1


def test_an_id_that_is_no_key_is_a_fault_of_the_program(town: Town, fans: list[str]) -> None:
    with pytest.raises(ValueError, match="60 bytes"):
        town.mass.send_group("g" * 61, town.parcels(fans), town.now)


# ---- whoever dies ----


def test_whoever_dies_before_the_call_leaves_messages_that_are_free(town: Town, fans: list[str]) -> None:
    assert killed_at(0, lambda: town.mass.send_group("g1", town.parcels(fans), town.now), after=True)  # before its list was frozen
    assert mass_groups.dissolve("g1", town.now) is None
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.RETRY, Reason.PROVIDER_AWAY)
    assert town.outbox == []


@pytest.mark.parametrize("after", [False, True])
def test_a_death_at_any_write_loses_nobody_and_doubles_nobody(town: Town, fans: list[str], after: bool) -> None:
    town.template.send(town.parcel(fans[0]), town.now)  # the token is there
    total = writes_of(lambda: town.mass.send_group("whole", town.parcels(fans, text={"content": "whole"}), town.now))
    before = len(town.outbox)
    for number in range(total):
        group, body = f"g{number}-{after}", {"content": f"{number}{after}"}
        parcels = town.parcels(fans, text=body)
        town.platform.world.counters.clear()  # a new month for everybody
        assert killed_at(number, partial(town.mass.send_group, group, parcels, town.now), after=after)
        found = mass_groups.dissolve(group, town.now)
        again = town.mass.send_group(group if found else f"{group}-again", parcels[1:] if found else parcels, town.now)
        assert {one.kind for one in again.values()} == {Result.SENT}
        got = [one for one in town.platform.world.outbox if one.body["text" if "text" in one.body else "data"] == body]
        assert sorted(one.openid for one in got) == sorted(fans)
    assert len(town.outbox) == before + total * len(fans)


def test_who_was_taken_for_dead_hears_that_the_group_is_dissolved(town: Town, fans: list[str]) -> None:
    assert mass_groups.dissolve("g1", town.now) is None
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.RETRY, Reason.PROVIDER_AWAY)
    assert town.outbox == []


# ---- the job's end ----


def fields(town: Town, status: str = "send success", sent: int = 3, total: int = 3) -> dict[str, str]:
    job = str(town.platform.world.outbox[-1].msgid)
    counts = {"TotalCount": str(total), "FilterCount": str(total), "SentCount": str(sent), "ErrorCount": str(total - sent)}
    return {"MsgID": job, "Status": status, **counts}


def test_a_job_that_reached_all_delivered_every_message(town: Town, fans: list[str]) -> None:
    town.mass.send_group("g1", town.parcels(fans), town.now)
    done = mass_jobs.finished(SERVICE, fields(town), town.now)
    assert done is not None
    assert (done.fate, done.reason, sorted(done.members)) == (Fate.DELIVERED, "", ["m0", "m1", "m2"])
    group = mass_groups.find("g1")
    assert group is not None
    assert group.counts == {"total": 3, "carried": 3, "sent": 3, "failed": 0, "status": "send success", "at": town.now}


def test_of_a_job_that_reached_some_nobody_can_say_who(town: Town, fans: list[str]) -> None:
    town.mass.send_group("g1", town.parcels(fans), town.now)
    done = mass_jobs.finished(SERVICE, fields(town, sent=2), town.now)
    assert done is not None
    assert (done.fate, done.counts["failed"]) == (None, 1)


@pytest.mark.parametrize(("status", "reason"), [("err(20001)", Reason.CONTENT_REFUSED), ("send fail", Reason.PROVIDER_FAULT)])
def test_a_job_that_the_platform_turned_down_failed_for_everybody(town: Town, fans: list[str], status: str, reason: str) -> None:
    town.mass.send_group("g1", town.parcels([*fans, "oNobody"]), town.now)
    done = mass_jobs.finished(SERVICE, fields(town, status, sent=0), town.now)
    assert done is not None
    assert (done.fate, done.reason, sorted(done.members)) == (Fate.FAILED, reason, ["m0", "m1", "m2"])


def test_a_job_of_the_console_is_nobodys(town: Town) -> None:
    assert mass_jobs.finished(SERVICE, {"MsgID": "42", "Status": "send success"}, town.now) is None
    assert mass_jobs.finished(SERVICE, {}, town.now) is None


def test_the_end_of_a_job_tells_again_what_it_told(town: Town, fans: list[str]) -> None:
    town.mass.send_group("g1", town.parcels(fans), town.now)
    assert mass_jobs.finished(SERVICE, fields(town), town.now) == mass_jobs.finished(SERVICE, fields(town), town.now)
    group = mass_groups.find("g1")
    assert group is not None
    assert group.state is GroupState.SENT


def test_a_store_that_fails_before_the_call_leaves_the_group_for_later(town: Town, fans: list[str]) -> None:
    with patch.object(mass_groups, "form", side_effect=ClientError({}, "PutItem")), pytest.raises(Busy):
        town.mass.send_group("g1", town.parcels(fans), town.now)
    assert town.calls(SEND) == 0
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.SENT)


def test_a_store_that_fails_after_the_call_does_not_hide_what_was_sent(town: Town, fans: list[str]) -> None:
    with patch.object(mass_groups, "moved", side_effect=ClientError({}, "UpdateItem")):
        assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.SENT)
    assert results(town.mass.send_group("g1", town.parcels(fans), town.now)) == all_of(Result.SENT)
    assert len(town.outbox) == len(fans)
