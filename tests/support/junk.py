"""Values that nobody means to send."""

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from chalicelib.errors import HuiliuError

JSON_JUNK: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
UNREADABLE: Final = frozenset({200, 400, 413})  # what reading a request may come to


def status_of(read: Callable[[], Any]) -> int:
    """The status that reading a request comes to; anything but a HuiliuError passes through."""
    try:
        read()
    except HuiliuError as refused:
        return refused.status
    return 200
