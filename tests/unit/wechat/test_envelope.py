"""What an account's address believes: checks, plain pushes, and encrypted ones in every mode."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import envelope, xmltext
from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.envelope import Account, Mode
from chalicelib.wechat.push import Form
from chalicelib.wechat.refused import PushRefused, Reason
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, ENCODING_KEY, FAN, KEY, NOW, OLD_KEY, PLAIN, SAFE, TOKEN, without

FOLLOW = samples.body("event", "subscribe", "<EventKey><![CDATA[qrscene_618]]></EventKey>")
FORGED = "<FromUserName>oSomebodyElse</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>unsubscribe</Event>"


def refusal(query: dict[str, str], body: bytes, account: Account = SAFE, now: int = NOW) -> Reason:
    with pytest.raises(PushRefused) as refused:
        envelope.open_push(query, body, account, now)
    return refused.value.reason


def test_the_address_check_is_answered_with_its_own_text() -> None:
    query = {**samples.plain_query(), "echostr": "4375120948345356249"}
    for account in (PLAIN, SAFE):
        assert envelope.echo(query, account, NOW) == "4375120948345356249"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": "0" * 40}, Reason.SIGNATURE_WRONG),
        ({"nonce": "1"}, Reason.SIGNATURE_WRONG),
        ({"timestamp": str(AT + 1)}, Reason.SIGNATURE_WRONG),
        ({"timestamp": str(AT - 301)}, Reason.TIMESTAMP_STALE),
        ({"signature": ""}, Reason.QUERY_INVALID),
        ({"echostr": ""}, Reason.QUERY_INVALID),
    ],
)
def test_nobody_else_gets_an_answer_to_the_address_check(change: dict[str, str], reason: Reason) -> None:
    with pytest.raises(PushRefused) as refused:
        envelope.echo({**samples.plain_query(), "echostr": "42", **change}, PLAIN, NOW)
    assert refused.value.reason is reason


def test_a_plain_push_is_opened() -> None:
    opened = envelope.open_push(samples.plain_query(), FOLLOW, PLAIN, NOW)
    assert (opened.push.event, opened.push.openid, opened.push.form) == ("subscribe", FAN, Form.XML)
    assert (opened.token, opened.key) == (TOKEN, None)


def test_an_encrypted_push_is_opened() -> None:
    encrypt = samples.sealed(FOLLOW)
    opened = envelope.open_push(samples.safe_query(encrypt), samples.safe_body(encrypt), SAFE, NOW)
    assert (opened.push.event, opened.push.openid, opened.key) == ("subscribe", FAN, KEY)


def test_a_mini_program_may_send_json_in_json() -> None:
    encrypt = samples.sealed(samples.json_body("event", "user_enter_tempsession", SessionFrom="sku=1"))
    body = f'{{"ToUserName": "gh_1", "Encrypt": "{encrypt}"}}'.encode()
    opened = envelope.open_push(samples.safe_query(encrypt), body, SAFE, NOW)
    assert (opened.push.kind, opened.push.form) == ("user_enter_tempsession", Form.JSON)


def test_in_compatible_mode_only_the_encrypted_part_is_believed() -> None:
    encrypt = samples.sealed(FOLLOW)
    account = replace(SAFE, mode=Mode.COMPATIBLE)
    opened = envelope.open_push(samples.safe_query(encrypt), samples.safe_body(encrypt, FORGED), account, NOW)
    assert (opened.push.event, opened.push.openid) == ("subscribe", FAN)


@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.COMPATIBLE])
def test_a_plain_push_to_an_account_that_encrypts_is_a_forgery(mode: Mode) -> None:
    assert refusal(samples.plain_query(), FOLLOW, replace(SAFE, mode=mode)) is Reason.ENCRYPTION_MISSING


def test_the_first_encrypted_pushes_after_the_console_was_switched_are_opened() -> None:
    encrypt = samples.sealed(FOLLOW)
    account = replace(SAFE, mode=Mode.PLAIN)
    assert envelope.open_push(samples.safe_query(encrypt), samples.safe_body(encrypt), account, NOW).push.event == "subscribe"
    assert refusal(samples.safe_query(encrypt), samples.safe_body(encrypt), PLAIN) is Reason.KEY_MISSING


def test_the_signature_of_the_address_does_not_stand_for_the_encrypted_part() -> None:
    encrypt = samples.sealed(FOLLOW)
    query = samples.safe_query(encrypt)
    assert refusal({**query, "msg_signature": query["signature"]}, samples.safe_body(encrypt)) is Reason.SIGNATURE_WRONG
    assert refusal(without(query, "msg_signature"), samples.safe_body(encrypt)) is Reason.QUERY_INVALID


def test_nothing_unsigned_is_decrypted() -> None:
    other = samples.sealed(b"no push at all", "wx-of-another")
    assert refusal(samples.safe_query(samples.sealed(FOLLOW)), samples.safe_body(other)) is Reason.SIGNATURE_WRONG


def test_a_push_that_is_sent_again_after_the_window_is_a_replay() -> None:
    encrypt = samples.sealed(FOLLOW)
    query, body = samples.safe_query(encrypt), samples.safe_body(encrypt)
    assert envelope.open_push(query, body, SAFE, NOW + 300_000)
    assert refusal(query, body, now=NOW + 300_001) is Reason.TIMESTAMP_STALE
    assert envelope.open_push(query, body, SAFE, NOW + 3_600_000, window_ms=3_600_000)


def test_a_retry_is_encrypted_anew_and_tells_the_same() -> None:
    first, again = samples.sealed(FOLLOW), samples.sealed(FOLLOW, salt=b"another 16 bytes")
    pushes = [
        envelope.open_push(samples.safe_query(encrypt, AT + late, nonce), samples.safe_body(encrypt), SAFE, NOW).push
        for encrypt, late, nonce in ((first, 0, "1"), (again, 5, "2"))
    ]
    assert first != again
    assert pushes[0] == pushes[1]


def test_while_token_and_key_are_replaced_pushes_of_both_are_opened() -> None:
    account = replace(SAFE, tokens=("newer", TOKEN), keys=(key_of("N" * 43), KEY, OLD_KEY))
    for key in (KEY, OLD_KEY):
        encrypt = samples.sealed(FOLLOW, key=key)
        opened = envelope.open_push(samples.safe_query(encrypt), samples.safe_body(encrypt), account, NOW)
        assert (opened.token, opened.key) == (TOKEN, key)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", Reason.BODY_UNREADABLE),
        (b"hello", Reason.BODY_UNREADABLE),
        (b"<xml><A>\xc3\x28</A></xml>", Reason.BODY_UNREADABLE),
        (b"<!DOCTYPE x><xml><MsgType>text</MsgType></xml>", Reason.DOCTYPE_FORBIDDEN),
        (b"<xml><A>1</A></xml>", Reason.TYPE_MISSING),
    ],
)
def test_what_was_encrypted_is_not_believed_for_that(message: bytes, reason: Reason) -> None:
    encrypt = samples.sealed(message)
    assert refusal(samples.safe_query(encrypt), samples.safe_body(encrypt)) is reason


def test_a_body_without_its_encrypted_part_or_with_two_is_refused() -> None:
    assert refusal(samples.safe_query(""), FOLLOW) is Reason.CIPHER_TEXT_INVALID
    twice = samples.safe_body("a", "<Encrypt>b</Encrypt>")
    assert refusal(samples.safe_query("a"), twice) is Reason.BODY_UNREADABLE


def test_too_long_a_body_is_not_even_looked_at() -> None:
    assert refusal({}, b"<" * (xmltext.MAX_BODY_BYTES + 1)) is Reason.BODY_TOO_LARGE
    assert PushRefused(Reason.BODY_TOO_LARGE, "").status == 413


def test_secrets_do_not_show_when_something_is_logged() -> None:
    encrypt = samples.sealed(FOLLOW)
    opened = envelope.open_push(samples.safe_query(encrypt), samples.safe_body(encrypt), SAFE, NOW)
    for shown in (repr(SAFE), repr(opened)):
        assert TOKEN not in shown
        assert ENCODING_KEY not in shown
        assert repr(KEY) not in shown


@given(
    st.dictionaries(st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "encrypt_type"]), st.text(max_size=12)),
    st.binary(max_size=80) | st.just(FOLLOW) | st.just(samples.safe_body("AAAA")),
    st.sampled_from([PLAIN, SAFE, Account(APPID, Mode.SAFE, ())]),
)
def test_strangers_are_turned_away_whatever_they_send(query: dict[str, str], body: bytes, account: Account) -> None:
    with pytest.raises(PushRefused) as refused:
        envelope.open_push(query, body, account, NOW)
    assert refused.value.status in {400, 403}
