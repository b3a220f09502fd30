"""A contact as the text of its item, and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts.model import NOTHING_KNOWN, Contact, Granted
from chalicelib.contacts.packing import packed, unpacked
from chalicelib.messages.policy.model import Consent, Suppression, Unreachable
from chalicelib.messages.templates.model import Category, ChannelName

times = st.integers(0, 2_000_000_000_000)
words = st.text(max_size=8)
channels = st.sampled_from(ChannelName)
granted = st.builds(Granted, st.lists(times).map(tuple), times, times, st.lists(st.tuples(words, times), max_size=3).map(tuple))
contacts = st.builds(
    Contact,
    st.lists(
        st.builds(Consent, st.booleans(), times, words, st.none() | channels, st.none() | st.sampled_from(Category), words), max_size=3
    ).map(tuple),
    st.lists(st.builds(Suppression, times, words, words, st.none() | channels, st.none() | times), max_size=3).map(tuple),
    st.dictionaries(words, granted, max_size=3),
    st.dictionaries(words, times, max_size=3),
    st.dictionaries(channels, st.builds(Unreachable, times, words, st.none() | times), max_size=3),
    st.lists(words, max_size=3).map(tuple),
)


@given(contacts)
def test_what_is_known_survives_the_store(contact: Contact) -> None:
    assert unpacked(packed(contact)) == contact


def test_nothing_takes_nothing() -> None:
    assert packed(NOTHING_KNOWN) == "{}"
    assert unpacked("{}") == NOTHING_KNOWN


def test_only_what_is_known_is_written() -> None:
    assert list(json.loads(packed(Contact(heard=("a",))))) == ["h"]
