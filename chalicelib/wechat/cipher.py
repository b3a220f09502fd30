"""The cipher of WeChat's safe mode: AES-256-CBC over salt, length, message and account, padded to blocks of 32. Pure.

Everything that comes out is checked before it is believed: padding, length and the account at the end.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any, Final

from chalicelib.wechat.refused import PushRefused, Reason

SALT_BYTES: Final = 16  # random bytes in front of each message
PAD_BLOCK: Final = 32  # bytes; PKCS#7 with a block twice as long as that of AES
_AES_BLOCK: Final = 16  # bytes
_LENGTH_BYTES: Final = 4  # of the message's length, big-endian
_HEAD_BYTES: Final = SALT_BYTES + _LENGTH_BYTES
_PADDINGS: Final = tuple(bytes([count]) * count for count in range(PAD_BLOCK + 1))
_ENCODING_KEY: Final = re.compile(r"[A-Za-z0-9]{43}")
_MAX_CHAINS: Final = 100  # keys that are kept ready, twice: more than the accounts of one stage


class KeyInvalid(ValueError):
    """An EncodingAESKey that is none: it has 43 letters and digits."""


def key_of(encoding_key: str) -> bytes:
    """The 32 bytes that an EncodingAESKey spells. Raises KeyInvalid."""
    if not _ENCODING_KEY.fullmatch(encoding_key):
        raise KeyInvalid("an EncodingAESKey has exactly 43 letters and digits")
    return base64.b64decode(encoding_key + "=")


def aes_cbc(key: bytes, iv: bytes, data: bytes, encrypt: bool) -> bytes:
    """AES in CBC mode, without padding; the data must be whole blocks of 16 bytes."""
    from Crypto.Cipher import AES

    cipher = AES.new(key, AES.MODE_CBC, iv)
    return cipher.encrypt(data) if encrypt else cipher.decrypt(data)


class _Chain:
    """AES of one key in one direction, for message after message, each of which begins with 16 bytes of salt.

    The library's object goes on from the last block of the message before, and making a new one takes longer than most messages. So what
    is encrypted gets another mask on its salt, one that takes that block out again. What is decrypted comes with some other salt, and the
    rest is as it should be.
    """

    __slots__ = ("_mask", "_run", "_start")

    def __init__(self, key: bytes, encrypt: bool) -> None:
        from Crypto.Cipher import AES

        cipher = AES.new(key, AES.MODE_CBC, key[:_AES_BLOCK])
        self._run: Any = cipher.encrypt if encrypt else cipher.decrypt
        self._start = int.from_bytes(key[:_AES_BLOCK], "big")
        self._mask = 0

    def encrypt(self, blocks: bytes) -> bytes:
        """Whole blocks of 16 bytes, at least one."""
        salt = (int.from_bytes(blocks[:_AES_BLOCK], "big") ^ self._mask).to_bytes(_AES_BLOCK, "big")
        sealed: bytes = self._run(salt + blocks[_AES_BLOCK:])
        self._mask = self._start ^ int.from_bytes(sealed[-_AES_BLOCK:], "big")
        return sealed

    def decrypt(self, blocks: bytes) -> bytes:
        """The same the other way round, but for the first 16 bytes."""
        plain: bytes = self._run(blocks)
        return plain


_idle: Final[dict[tuple[bytes, bool], _Chain]] = {}
"""The chains that nobody uses at the moment. One is taken out for a message and put back after it, so that no two share it."""


def _chained(key: bytes, blocks: bytes, encrypt: bool) -> bytes:
    chain = _idle.pop((key, encrypt), None) or _Chain(key, encrypt)
    done = chain.encrypt(blocks) if encrypt else chain.decrypt(blocks)
    if len(_idle) < _MAX_CHAINS:
        _idle[key, encrypt] = chain
    return done


def seal(key: bytes, message: bytes, appid: str, salt: bytes) -> str:
    """The message as the text of an `Encrypt` element. `salt` is 16 random bytes."""
    plain = salt + len(message).to_bytes(_LENGTH_BYTES, "big") + message + appid.encode()
    padded = plain + _PADDINGS[PAD_BLOCK - len(plain) % PAD_BLOCK]
    return binascii.b2a_base64(_chained(key, padded, encrypt=True), newline=False).decode("ascii")


def unseal(key: bytes, sealed: str, appid: str) -> bytes:
    """The message of an `Encrypt` element that was meant for the account.

    Raises PushRefused (`cipher_text_invalid`, `padding_invalid`, `length_invalid`, `account_wrong`).
    """
    plain = _unpadded(_chained(key, _blocks(sealed), encrypt=False))
    end = _HEAD_BYTES + int.from_bytes(plain[SALT_BYTES:_HEAD_BYTES], "big")
    if end > len(plain):
        raise PushRefused(Reason.LENGTH_INVALID, "the decrypted push says to be longer than it is")
    if plain[end:] != appid.encode():
        raise PushRefused(Reason.ACCOUNT_WRONG, "the push was encrypted for another account")
    return plain[_HEAD_BYTES:end]


def unseal_with_any(keys: Iterable[bytes], sealed: str, appid: str) -> tuple[bytes, bytes]:
    """The message and the key that opened it; old and new are both in force while a key is being replaced.

    Raises PushRefused: what the first key found wrong, or `key_missing` without any.
    """
    refused: PushRefused | None = None
    for key in keys:
        try:
            return unseal(key, sealed, appid), key
        except PushRefused as failed:
            refused = refused or failed
    raise refused or PushRefused(Reason.KEY_MISSING, "the account has no EncodingAESKey, and the push is encrypted")


def _blocks(sealed: str) -> bytes:
    """The cipher text; line ends of base64 do no harm."""
    data = _decoded(sealed) or _decoded("".join(sealed.split()))
    if not data or len(data) % _AES_BLOCK:
        raise PushRefused(
            Reason.CIPHER_TEXT_INVALID, f"the encrypted part must be base64 of blocks of {_AES_BLOCK} bytes, and at least one"
        )
    return data


def _decoded(text: str) -> bytes:
    """What base64 stands for; nothing where it is none."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""


def _unpadded(padded: bytes) -> bytes:
    count = padded[-1]
    if 1 <= count <= PAD_BLOCK and len(padded) - count < _HEAD_BYTES:
        raise PushRefused(Reason.LENGTH_INVALID, "the decrypted push is too short to hold a message")
    if not 1 <= count <= PAD_BLOCK or not padded.endswith(_PADDINGS[count]):
        raise PushRefused(Reason.PADDING_INVALID, "the end of the decrypted push is no padding")
    return padded[:-count]
