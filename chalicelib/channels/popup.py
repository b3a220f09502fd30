"""Popups: laid into the person's inbox (`inbox.py`), from which mini programs and pages fetch them.

Lying there is what "sent" means; that it was shown comes back as its receipt. The body is what `messages.templates.own` renders.
"""

from typing import Final

from pynamodb.exceptions import PynamoDBException

from chalicelib.channels import inbox
from chalicelib.channels.channel import Parcel
from chalicelib.channels.popups import Popup
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result

DEFAULT_LASTS_MS: Final = 7 * 86_400_000


class PopupChannel:
    """A popup for one person; the address is the person's id."""

    name = ChannelName.POPUP

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Lays it down; again changes nothing. One that nobody could be shown any more is not. Raises Busy while it cannot be."""
        until = parcel.at + _lasts_ms(parcel)
        if until <= now:
            return Outcome(Result.REFUSED, Reason.CONTENT_OVER, called=False)
        person = parcel.address or parcel.person
        try:
            inbox.put(Popup(parcel.id, person, parcel.account, parcel.at, until, parcel.body))
        except PynamoDBException as error:
            raise Busy("the inbox cannot be written now") from error
        return Outcome(Result.SENT)

    def key_lives_ms(self, parcel: Parcel) -> int:
        """As long as it lies there."""
        return _lasts_ms(parcel)

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:  # noqa: ARG002 - the protocol's signature
        """The message's id is the key."""
        return ""

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> Outcome | None:  # noqa: ARG002 - as above
        """There is no need to: laying it down again does no harm."""
        return None

    def per_minute(self, account: str) -> int | None:  # noqa: ARG002 - as above
        """Our own table takes as many as come."""
        return None

    def per_day(self, account: str) -> int | None:  # noqa: ARG002 - as above
        """As above."""
        return None


def _lasts_ms(parcel: Parcel) -> int:
    return int(parcel.body.get("lasts_ms") or DEFAULT_LASTS_MS)


CHANNEL: Final = PopupChannel()
