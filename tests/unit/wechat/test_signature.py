"""Who may speak as WeChat, and for how long a signature counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import signature
from chalicelib.wechat.refused import PushRefused, Reason
from tests.unit.wechat.samples import AT, NOW, sha1_hex


def test_the_texts_are_joined_in_the_order_of_their_bytes_not_of_their_numbers() -> None:
    assert signature.sign("9token", "10", "9") == sha1_hex(b"1099token")
    assert signature.sign("token", "Zoo", "07") == sha1_hex(b"07Zootoken")
    assert signature.sign("é", "z") == sha1_hex("zé".encode())


def test_a_known_signature() -> None:
    """Worked out with `printf %s 179530560034token | sha1sum`."""
    assert signature.sign("token", "1795305600", "34") == "faac751c3c3e3719bdd049dbc1f5dafd33a69fc5"


@given(st.lists(st.text(), min_size=3, max_size=4).flatmap(lambda parts: st.tuples(st.just(parts), st.permutations(parts))))
def test_the_order_of_the_texts_does_not_matter(both: tuple[list[str], list[str]]) -> None:
    assert signature.is_signed(signature.sign(*both[0]), *both[1])


@given(st.text())
def test_whatever_else_is_given_is_no_signature(given_text: str) -> None:
    assert not signature.is_signed(given_text, "token", "1", "2")


def test_old_and_new_token_both_sign_while_one_is_replaced() -> None:
    by_old = signature.sign("old", "1", "2")
    assert signature.signing_token(by_old, ("new", "old"), "1", "2") == "old"
    with pytest.raises(PushRefused) as refused:
        signature.signing_token(by_old, ("new",), "1", "2")
    assert refused.value.reason is Reason.SIGNATURE_WRONG
    assert "new" not in refused.value.detail


def test_an_account_without_token_believes_nobody() -> None:
    with pytest.raises(PushRefused):
        signature.signing_token(signature.sign("", "1", "2"), (), "1", "2")


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signature_counts_for_five_minutes_either_way(seconds: int) -> None:
    signature.check_time(str(AT + seconds), NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -AT, 86_400])
def test_an_older_or_later_signature_is_a_replay(seconds: int) -> None:
    with pytest.raises(PushRefused) as refused:
        signature.check_time(str(AT + seconds), NOW)
    assert (refused.value.reason, refused.value.status) == (Reason.TIMESTAMP_STALE, 403)


def test_the_window_is_the_callers_to_choose() -> None:
    signature.check_time(str(AT - 3600), NOW, window_ms=3_600_000)
    with pytest.raises(PushRefused):
        signature.check_time(str(AT - 3600), NOW, window_ms=3_599_999)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1.5", " 1", "１２３", "9" * 40, "1e9"])
def test_a_time_that_is_no_count_of_seconds_is_refused(timestamp: str) -> None:
    with pytest.raises(PushRefused) as refused:
        signature.check_time(timestamp, NOW)
    assert (refused.value.reason, refused.value.status) == (Reason.QUERY_INVALID, 400)
