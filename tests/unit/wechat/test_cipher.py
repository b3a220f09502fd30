"""The safe mode, held against another library, and everything that must not pass it."""

import base64
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import cipher
from chalicelib.wechat.refused import PushRefused, Reason
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, ENCODING_KEY, KEY, OLD_KEY, SALT

FIPS_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")  # NIST SP 800-38A, F.2.5
FIPS_IV = bytes(range(16))
FIPS_PLAIN = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
FIPS_CIPHER = bytes.fromhex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")


def refusal(sealed: str, key: bytes = KEY) -> Reason:
    with pytest.raises(PushRefused) as refused:
        cipher.unseal(key, sealed, APPID)
    return refused.value.reason


def test_the_block_cipher_is_the_standard_one() -> None:
    assert cipher.aes_cbc(FIPS_KEY, FIPS_IV, FIPS_PLAIN, encrypt=True) == FIPS_CIPHER
    assert cipher.aes_cbc(FIPS_KEY, FIPS_IV, FIPS_CIPHER, encrypt=False) == FIPS_PLAIN


def test_a_key_is_32_bytes_spelled_in_43_letters_and_digits() -> None:
    assert cipher.key_of(ENCODING_KEY) == base64.b64decode(ENCODING_KEY + "=")
    assert len(KEY) == 32


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "A" * 42 + "+", "A" * 42 + "=", "钥" * 43, "A" * 43 + "\n"])
def test_what_is_no_key_is_said_without_repeating_it(text: str) -> None:
    with pytest.raises(cipher.KeyInvalid) as invalid:
        cipher.key_of(text)
    assert not text or text not in str(invalid.value)


@pytest.mark.parametrize("length", [*range(36), 1024, 8170])
def test_every_length_of_padding_is_the_one_of_the_platform(length: int) -> None:
    message = b"m" * length
    assert cipher.seal(KEY, message, APPID, SALT) == samples.sealed(message)
    assert cipher.unseal(KEY, samples.sealed(message), APPID) == message


@given(st.binary(max_size=200), st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_comes_out_as_it_went_in_here_and_at_the_platform(message: bytes, salt: bytes, key: bytes) -> None:
    sealed = cipher.seal(key, message, APPID, salt)
    assert cipher.unseal(key, sealed, APPID) == message
    assert samples.opened(sealed, key) == (message, APPID.encode())


def test_line_ends_in_base64_do_no_harm() -> None:
    sealed = samples.sealed(b"hello" * 30)
    assert cipher.unseal(KEY, "\n".join(sealed[at : at + 76] for at in range(0, len(sealed), 76)) + "\n", APPID) == b"hello" * 30


@pytest.mark.parametrize("tail", ["", APPID[:-1], APPID + "x", "wx0000000000000000", APPID.upper()])
def test_a_push_for_another_account_is_refused(tail: str) -> None:
    assert refusal(samples.sealed(b"<xml/>", tail)) is Reason.ACCOUNT_WRONG


@pytest.mark.parametrize("length", [-1, 7 + len(APPID), 2**31, 2**32 - 1])
def test_a_length_beyond_the_end_is_refused(length: int) -> None:
    plain = SALT + struct.pack(">I", length % 2**32) + b"<xml/>" + APPID.encode()
    assert refusal(samples.encrypted(plain)) is Reason.LENGTH_INVALID


def test_too_little_to_hold_a_length_is_refused() -> None:
    assert refusal(samples.encrypted(b"only 16 bytes..")) is Reason.LENGTH_INVALID


@pytest.mark.parametrize(
    "ending",
    [bytes([0]) * 32, bytes([33]) * 32, bytes([255]) * 32, bytes([1]) * 30 + bytes([3, 2]), bytes([4]) * 31 + bytes([5])],
)
def test_an_ending_that_is_no_padding_is_refused(ending: bytes) -> None:
    assert refusal(samples.raw_encrypted(SALT + SALT + ending)) is Reason.PADDING_INVALID


@pytest.mark.parametrize("sealed", ["", "   ", "====", "not base64!", "AAAA", "密文", samples.sealed(b"x")[:-4], "A" * 63 + "\x00"])
def test_what_is_no_cipher_text_is_refused(sealed: str) -> None:
    assert refusal(sealed) is Reason.CIPHER_TEXT_INVALID


@given(st.text(max_size=100) | st.binary(max_size=160).map(lambda data: base64.b64encode(data).decode()))
def test_hostile_text_is_refused_in_one_way_only(sealed: str) -> None:
    with pytest.raises(PushRefused) as refused:
        cipher.unseal(KEY, sealed, APPID)
    assert len(sealed) < 8 or sealed not in refused.value.detail


@given(st.integers(min_value=0, max_value=8 * 64 - 1))
def test_a_changed_bit_never_breaks_the_reader(bit: int) -> None:
    data = bytearray(base64.b64decode(samples.sealed(b"hello")))
    data[bit // 8] ^= 1 << bit % 8
    try:
        cipher.unseal(KEY, base64.b64encode(data).decode(), APPID)
    except PushRefused as refused:
        assert refused.reason in {Reason.PADDING_INVALID, Reason.LENGTH_INVALID, Reason.ACCOUNT_WRONG}  # noqa: PT017 - or it passes


def test_old_and_new_key_both_open_while_one_is_replaced() -> None:
    for key in (KEY, OLD_KEY):
        assert cipher.unseal_with_any((KEY, OLD_KEY), samples.sealed(b"hi", key=key), APPID) == (b"hi", key)
    with pytest.raises(PushRefused):
        cipher.unseal_with_any((KEY,), samples.sealed(b"hi", key=OLD_KEY), APPID)


def test_without_any_key_nothing_is_opened() -> None:
    with pytest.raises(PushRefused) as refused:
        cipher.unseal_with_any((), samples.sealed(b"hi"), APPID)
    assert (refused.value.reason, refused.value.status) == (Reason.KEY_MISSING, 403)


def test_the_newest_key_says_what_is_wrong() -> None:
    with pytest.raises(PushRefused) as refused:
        cipher.unseal_with_any((KEY, OLD_KEY), samples.sealed(b"hi", "wx-of-another"), APPID)
    assert refused.value.reason is Reason.ACCOUNT_WRONG


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([KEY, OLD_KEY]), st.binary(max_size=60)), max_size=12))
def test_no_message_depends_on_those_before_it(messages: list[tuple[bool, bytes, bytes]]) -> None:
    for seals, key, message in messages:
        if seals:
            assert cipher.seal(key, message, APPID, SALT) == samples.sealed(message, key=key)
        else:
            assert cipher.unseal(key, samples.sealed(message, key=key), APPID) == message


def test_two_at_once_do_not_share_their_chain() -> None:
    expected = [samples.sealed(str(number).encode()) for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda number: cipher.seal(KEY, str(number).encode(), APPID, SALT), range(200))) == expected


def test_what_cannot_be_opened_leaves_nothing_behind() -> None:
    assert refusal("AAAA") is Reason.CIPHER_TEXT_INVALID
    assert refusal(samples.raw_encrypted(SALT + SALT + bytes(32))) is Reason.PADDING_INVALID
    assert cipher.unseal(KEY, samples.sealed(b"hi"), APPID) == b"hi"
