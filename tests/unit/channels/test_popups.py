"""Popups: which of a person's are to be shown, where, and until when; and the channel that lays them down."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import PutError

from chalicelib.channels import inbox
from chalicelib.channels.channel import Parcel, channel_of
from chalicelib.channels.popup_records import PopupRecord
from chalicelib.channels.popups import MOST_LISTED, Deed, Popup, waiting
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.providers.model import Reason, Result
from tests.support.aws import Stack, memory_stack

NOW = 1_795_312_800_000
DAY = 86_400_000
APP = "wx77aa00bb11cc22dd"
BODY = {
    "title": "618",
    "text": "裙装八折",
    "placement": "modal",
    "lasts_ms": 7 * DAY,
    "button": {"text": "去看看", "page": "pages/618/index"},
}
PARCEL = Parcel("m-1", ChannelName.POPUP, APP, "p_1", BODY, person="p_1", at=NOW)
ONE = Popup("m-1", "p_1", APP, NOW, NOW + 7 * DAY, BODY)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with memory_stack(only=("contacts", "people")) as made:
        for person in ("p_1", "p_2"):
            people.save_person(Person(person))
        yield made


def merge(person: str, into: str) -> None:
    people.save_person(replace(people.persons([person])[person], into=into))


def ids(person: str, now: int = NOW, account: str = APP) -> list[str]:
    return [one.id for one in inbox.waiting_for(person, account, now)]


# ---- what is to be shown ----


@pytest.mark.parametrize(
    ("popup", "shown"),
    [
        (ONE, True),
        (replace(ONE, account="website"), False),
        (replace(ONE, until=NOW), False),
        (replace(ONE, until=NOW + 1), True),
        (replace(ONE, shown_at=NOW), False),
        (replace(ONE, shown_at=NOW, body={**BODY, "placement": "toast"}), False),
        (replace(ONE, shown_at=NOW, body={**BODY, "placement": "banner"}), True),
        (replace(ONE, shown_at=NOW, done_at=NOW, body={**BODY, "placement": "banner"}), False),
        (replace(ONE, done_at=NOW), False),
    ],
)
def test_a_popup_waits_in_its_place_until_it_was_shown_and_a_banner_until_it_was_closed(popup: Popup, shown: bool) -> None:
    assert popup.waits(APP, NOW) is shown


@given(st.lists(st.integers(0, 50), max_size=30))
def test_the_oldest_come_first_and_never_too_many(times: list[int]) -> None:
    found = waiting([replace(ONE, id=f"m-{place}", at=NOW + at) for place, at in enumerate(times)], APP, NOW)
    assert [one.at for one in found] == sorted(NOW + at for at in times)[:MOST_LISTED]


# ---- the inbox ----


def test_sent_is_what_lies_in_the_inbox(stack: Stack) -> None:
    channel = channel_of(ChannelName.POPUP)
    assert channel.send(PARCEL, NOW).kind is Result.SENT
    [found] = inbox.waiting_for("p_1", APP, NOW)
    assert (found.id, found.body, found.until) == ("m-1", BODY, NOW + 7 * DAY)
    assert "裙装" not in repr(found)


def test_sent_again_it_lies_there_once_as_it_was(stack: Stack) -> None:
    channel = channel_of(ChannelName.POPUP)
    channel.send(PARCEL, NOW)
    inbox.done("p_1", "m-1", Deed.SHOWN, NOW + 1)
    assert channel.send(PARCEL, NOW + 2).kind is Result.SENT
    assert ids("p_1") == []
    assert len(stack.items("contacts")) == 1
    assert channel.key_lives_ms(PARCEL) == 7 * DAY
    assert (channel.draw_key(PARCEL, NOW), channel.look_up(PARCEL, NOW, NOW)) == ("", None)
    assert (channel.per_minute(APP), channel.per_day(APP)) == (None, None)


def test_while_the_inbox_is_away_it_is_tried_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_popup: Popup) -> None:
        raise PutError("throttled")

    monkeypatch.setattr(inbox, "put", broken)
    with pytest.raises(Busy):
        channel_of(ChannelName.POPUP).send(PARCEL, NOW)


def test_what_nobody_could_be_shown_any_more_is_refused(stack: Stack) -> None:
    found = channel_of(ChannelName.POPUP).send(PARCEL, NOW + 7 * DAY)
    assert (found.kind, found.reason, found.called) == (Result.REFUSED, Reason.CONTENT_OVER, False)
    assert stack.items("contacts") == []


@pytest.mark.parametrize(("deed", "left"), [(Deed.SHOWN, ["m-1"]), (Deed.CLICKED, []), (Deed.CLOSED, [])])
def test_the_first_time_something_became_of_it_counts(stack: Stack, deed: Deed, left: list[str]) -> None:
    inbox.put(replace(ONE, body={**BODY, "placement": "banner"}))
    inbox.done("p_1", "m-1", deed, NOW + 5)
    again = inbox.done("p_1", "m-1", deed, NOW + 9)
    [found] = inbox.of("p_1")
    assert again == found
    assert found.shown_at == NOW + 5
    assert found.done_at == (0 if deed is Deed.SHOWN else NOW + 5)
    assert ids("p_1") == left


def test_nothing_is_noted_of_what_does_not_lie_there(stack: Stack) -> None:
    inbox.put(ONE)
    assert inbox.done("p_2", "m-1", Deed.SHOWN, NOW) is None
    assert inbox.done("p_1", "m-2", Deed.SHOWN, NOW) is None
    assert len(stack.items("contacts")) == 1


def test_it_goes_away_by_itself_a_day_after_its_end(stack: Stack) -> None:
    inbox.put(ONE)
    [item] = stack.items("contacts")
    assert int(item["expires"]["N"]) == (NOW + 8 * DAY) // 1000


# ---- persons who become one ----


def test_who_was_somebody_else_when_it_was_decided_gets_it_all_the_same(stack: Stack) -> None:
    merge("p_1", "p_2")
    inbox.put(ONE)
    assert (ids("p_1"), ids("p_2")) == ([], ["m-1"])


def test_popups_move_with_the_person_and_keep_what_became_of_them(stack: Stack) -> None:
    inbox.put(ONE)
    inbox.put(replace(ONE, id="m-2"))
    inbox.done("p_1", "m-2", Deed.SHOWN, NOW + 3)
    merge("p_1", "p_2")
    for _ in range(2):  # streams deliver again
        inbox.joined("p_2", ["p_1"])
    assert (inbox.of("p_1"), ids("p_2")) == ([], ["m-1"])
    assert {one.id: one.shown_at for one in inbox.of("p_2")} == {"m-1": 0, "m-2": NOW + 3}


def test_a_merge_between_laying_down_and_looking_loses_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    laid = inbox._laid

    def merged_meanwhile(popup: Popup) -> None:
        laid(popup)
        if popup.person == "p_1":
            merge("p_1", "p_2")
            inbox.joined("p_2", ["p_1"])  # it comes first: the other finds nothing left to move, and does no harm

    monkeypatch.setattr(inbox, "_laid", merged_meanwhile)
    inbox.put(ONE)
    assert (inbox.of("p_1"), ids("p_2")) == ([], ["m-1"])


def test_who_dies_between_copying_and_forgetting_leaves_nothing_twice(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.put(ONE)
    merge("p_1", "p_2")
    with monkeypatch.context() as patch:
        patch.setattr(PopupRecord, "delete", lambda _self: (_ for _ in ()).throw(RuntimeError("died")))
        with pytest.raises(RuntimeError):
            inbox.joined("p_2", ["p_1"])
    inbox.joined("p_2", ["p_1"])
    assert len(stack.items("contacts")) == 1
    assert ids("p_2") == ["m-1"]


def test_a_person_whom_nobody_knows_is_taken_as_they_are(stack: Stack) -> None:
    inbox.put(replace(ONE, person="p_9"))
    assert ids("p_9") == ["m-1"]
