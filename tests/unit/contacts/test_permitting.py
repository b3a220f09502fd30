"""Permissions for subscription messages: one for each yes, counted once however pushes come, and taken once by each message."""

from dataclasses import dataclass
from functools import reduce
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts import permitting
from chalicelib.contacts.model import NOTHING_KNOWN, Contact

TEMPLATE, OTHER = "tpl-points", "tpl-shipped"


@dataclass(frozen=True)
class Word:
    """A yes with its mark, or a no in the settings, at a time."""

    at: int
    mark: str = ""


def after(*words: Word, known: Contact = NOTHING_KNOWN) -> Contact:
    return reduce(_told, words, known)


def _told(contact: Contact, word: Word) -> Contact:
    if word.mark:
        return permitting.allowed(contact, TEMPLATE, word.at, word.mark)
    return permitting.withdrawn(contact, TEMPLATE, word.at)


def left(contact: Contact, template: str = TEMPLATE) -> int:
    return contact.granted[template].permission.left if template in contact.granted else 0


def spend(contact: Contact, message: str) -> Contact:
    found, has = permitting.spent(contact, TEMPLATE, message)
    assert has
    return found


def test_each_yes_allows_one_message_more() -> None:
    assert left(after(Word(1, "a"), Word(2, "b"))) == 2


def test_a_push_that_comes_three_times_is_one_yes() -> None:
    assert left(after(Word(1, "a"), Word(1, "a"), Word(1, "a"))) == 1


def test_a_yes_that_was_used_up_does_not_come_back_with_its_push() -> None:
    used = spend(after(Word(1, "a")), "m1")
    assert left(after(Word(1, "a"), known=used)) == 0


def test_a_no_in_the_settings_takes_back_what_was_allowed_before_it_and_nothing_after() -> None:
    assert left(after(Word(1, "a"), Word(2), Word(3, "b"))) == 1


def test_a_yes_that_was_overtaken_by_a_later_no_counts_for_nothing() -> None:
    assert left(after(Word(5), Word(4, "a"))) == 0


def test_yes_and_no_of_one_second_are_a_no() -> None:
    assert left(after(Word(5, "a"), Word(5))) == left(after(Word(5), Word(5, "a"))) == 0


def test_a_message_takes_one_however_often_it_is_sent_again() -> None:
    contact = after(Word(1, "a"), Word(2, "b"))
    assert left(spend(spend(contact, "m1"), "m1")) == 1


def test_without_a_permission_no_message_has_one() -> None:
    assert permitting.spent(NOTHING_KNOWN, TEMPLATE, "m1") == (NOTHING_KNOWN, False)
    contact = spend(after(Word(1, "a")), "m1")
    assert permitting.spent(contact, TEMPLATE, "m2") == (contact, False)
    assert permitting.spent(contact, TEMPLATE, "m1") == (contact, True)


def test_what_a_message_took_that_never_went_out_is_given_back_once() -> None:
    contact = spend(after(Word(1, "a")), "m1")
    once = permitting.unspent(contact, TEMPLATE, "m1")
    assert left(once) == left(permitting.unspent(once, TEMPLATE, "m1")) == 1


def test_nothing_is_given_back_that_was_taken_back_meanwhile() -> None:
    contact = after(Word(2), known=spend(after(Word(1, "a")), "m1"))
    assert left(permitting.unspent(contact, TEMPLATE, "m1")) == 0


def test_templates_have_nothing_to_do_with_each_other() -> None:
    contact = permitting.allowed(after(Word(1, "a")), OTHER, 1, "b")
    assert left(permitting.withdrawn(contact, OTHER, 9)) == 1


def test_what_the_policy_sees_is_when_the_fan_last_said_yes() -> None:
    assert after(Word(3, "a"), Word(7, "b")).granted[TEMPLATE].permission.at == 7
    assert after(Word(3, "a"), Word(7)).granted[TEMPLATE].permission.at == 0


words = st.builds(Word, st.integers(1, 20), st.sampled_from(["", *"abcdefgh"]))


def _distinct(some: list[Word]) -> list[Word]:
    """A push has one time."""
    return list({one.mark or f"no-{one.at}": one for one in some}.values())


@given(st.lists(words, max_size=12).map(_distinct), st.randoms())
def test_pushes_in_any_order_and_any_number_leave_the_same(some: list[Word], chance: Random) -> None:
    shuffled = chance.sample(some, len(some)) + chance.choices(some, k=len(some)) if some else []
    expected = sum(one.mark != "" and one.at > max((no.at for no in some if not no.mark), default=0) for one in some)
    assert left(after(*some)) == left(after(*shuffled)) == expected


@given(st.integers(0, 6), st.lists(st.sampled_from(["m1", "m2", "m3", "m4"]), max_size=12))
def test_never_more_messages_than_times_that_they_were_allowed(allowed: int, messages: list[str]) -> None:
    contact, sent = after(*(Word(number + 1, f"mark-{number}") for number in range(allowed))), set()
    for message in messages:
        contact, has = permitting.spent(contact, TEMPLATE, message)
        sent |= {message} if has else set()
    assert len(sent) == min(allowed, len(set(messages)))
    assert left(contact) == allowed - len(sent)
