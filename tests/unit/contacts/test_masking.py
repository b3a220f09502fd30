"""Addresses that can be known again and not used."""

import pytest

from chalicelib.contacts.masking import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("13800138000", "138****8000"),
        ("oABCdefghijklmnopqrstuvwxyz0", "oAB****xyz0"),
        ("arn:aws:sns:us-east-1:1:endpoint/APNS/app/5f3c", "arn****5f3c"),
        ("12345", "12****"),
        ("ab", "a****"),
        ("a", "****"),
        ("", "****"),
    ],
)
def test_most_letters_are_hidden(address: str, shown: str) -> None:
    assert masked(address) == shown
