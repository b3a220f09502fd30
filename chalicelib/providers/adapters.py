"""Finds the adapters: every module of this room that is called `sms_NAME`, `push_NAME` or `webhook` holds one as `ADAPTER`."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any, Final

from chalicelib.providers.adapter import Adapter

_CHANNELS: Final = ("sms", "push", "webhook")


class AdapterUnknown(LookupError):
    """There is no adapter of that name."""


@cache
def names() -> tuple[str, ...]:
    """All there are, such as `sms_tencent`; none is imported for this."""
    found = (module.name for module in pkgutil.iter_modules(import_module(__package__).__path__))
    return tuple(sorted(name for name in found if name.partition("_")[0] in _CHANNELS))


def of_channel(channel: str) -> tuple[str, ...]:
    """The providers of a channel, such as `tencent` of `sms`."""
    return tuple(name.removeprefix(f"{channel}_") for name in names() if name.startswith(f"{channel}_"))


def channel_of(name: str) -> str:
    """What an adapter carries: sms, push or webhook."""
    return name.partition("_")[0]


@cache
def adapter(name: str) -> Adapter[Any]:
    """The adapter of a name, imported at its first use. Raises AdapterUnknown."""
    if name not in names():
        raise AdapterUnknown(name)
    found = import_module(f"{__package__}.{name}").ADAPTER
    assert isinstance(found, Adapter), name  # noqa: S101 - whoever adds a file learns it from the first test
    return found
