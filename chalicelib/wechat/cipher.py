"""The cipher of WeChat's safe mode: AES-256-CBC over salt, length, message and account, padded to blocks of 32. Pure.

Everything that comes out is checked before it is believed: padding, length and the account at the end.
"""

import base64
import re
from collections.abc import Iterable
from typing import Final

from chalicelib.wechat.refused import PushRefused, Reason

SALT_BYTES: Final = 16  # random bytes in front of each message
PAD_BLOCK: Final = 32  # bytes; PKCS#7 with a block twice as long as that of AES
_AES_BLOCK: Final = 16  # bytes
_LENGTH_BYTES: Final = 4  # of the message's length, big-endian
_HEAD_BYTES: Final = SALT_BYTES + _LENGTH_BYTES
_ENCODING_KEY: Final = re.compile(r"[A-Za-z0-9]{43}")


class KeyInvalid(ValueError):
    """An EncodingAESKey that is none: it has 43 letters and digits."""


def key_of(encoding_key: str) -> bytes:
    """The 32 bytes that an EncodingAESKey spells. Raises KeyInvalid."""
    if not _ENCODING_KEY.fullmatch(encoding_key):
        raise KeyInvalid("an EncodingAESKey has exactly 43 letters and digits")
    return base64.b64decode(encoding_key + "=")


def aes_cbc(key: bytes, iv: bytes, data: bytes, encrypt: bool) -> bytes:
    """AES in CBC mode, without padding; the data must be whole blocks of 16 bytes. The only place that knows the library."""
    from Crypto.Cipher import AES

    cipher = AES.new(key, AES.MODE_CBC, iv)
    return cipher.encrypt(data) if encrypt else cipher.decrypt(data)


def seal(key: bytes, message: bytes, appid: str, salt: bytes) -> str:
    """The message as the text of an `Encrypt` element. `salt` is 16 random bytes."""
    plain = salt + len(message).to_bytes(_LENGTH_BYTES, "big") + message + appid.encode()
    count = PAD_BLOCK - len(plain) % PAD_BLOCK
    return base64.b64encode(aes_cbc(key, key[:_AES_BLOCK], plain + bytes([count]) * count, encrypt=True)).decode()


def unseal(key: bytes, sealed: str, appid: str) -> bytes:
    """The message of an `Encrypt` element that was meant for the account.

    Raises PushRefused (`cipher_text_invalid`, `padding_invalid`, `length_invalid`, `account_wrong`).
    """
    plain = _unpadded(aes_cbc(key, key[:_AES_BLOCK], _blocks(sealed), encrypt=False))
    if len(plain) < _HEAD_BYTES:
        raise PushRefused(Reason.LENGTH_INVALID, "the decrypted push is too short to hold a message")
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
    try:
        data = base64.b64decode("".join(sealed.split()), validate=True)
    except ValueError as invalid:
        raise PushRefused(Reason.CIPHER_TEXT_INVALID, "the encrypted part is not base64") from invalid
    if not data or len(data) % _AES_BLOCK:
        raise PushRefused(Reason.CIPHER_TEXT_INVALID, f"the encrypted part must be blocks of {_AES_BLOCK} bytes, and at least one")
    return data


def _unpadded(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= PAD_BLOCK or padded[-count:] != bytes([count]) * count:
        raise PushRefused(Reason.PADDING_INVALID, "the end of the decrypted push is no padding")
    return padded[:-count]
