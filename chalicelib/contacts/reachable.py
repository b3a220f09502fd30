"""One look at an address right before a message goes to it, and what is learned from trying.

    reason = still(channel, account, address, now, category, decided_at)      # None: go on
    learn(channel, account, address, outcome.reason, now)

A decision may be hours old when the message is sent: by then the fan may have left, somebody may have asked us to stop, or the address
may be on the suppression list.
"""

from chalicelib.contacts import learning, store
from chalicelib.contacts.addresses import identifier_of
from chalicelib.contacts.learning import WECHAT, Trial
from chalicelib.contacts.model import Contact
from chalicelib.fans.connected import type_of
from chalicelib.messages.policy import consents
from chalicelib.messages.policy.decisions import Reason
from chalicelib.messages.policy.model import NEVER, Address
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.settings import settings
from chalicelib.wechat.accounts import AccountType


def still(
    channel: ChannelName, account: str, address: str, now: int, category: Category | None = None, decided_at: int = NEVER
) -> Reason | None:
    """Why nothing may go to the address any more, or nothing of the category that was decided at `decided_at` (ms); or None. Costs a read
    unit, two for WeChat's; none for popups and webhooks.
    """
    one = identifier_of(channel, account, address)
    if one is None:
        return None
    contact = store.contact(one.key)
    if consents.suppressing(contact.suppressions, Address(channel, address, account), now) is not None:
        return Reason.SUPPRESSED
    if category is not None and _has_refused(contact, category, channel, account, decided_at):
        return Reason.CONSENT_REFUSED
    return Reason.NOT_FOLLOWING if channel in WECHAT and _has_left(channel, account, address, contact) else None


def learn(channel: ChannelName, account: str, address: str, reason: str, now: int, *, until: int | None = None, template: str = "") -> None:
    """Keeps what an outcome or a receipt says of an address (a word of `providers.model.Reason`; none: it arrived).

    Words that say nothing of the address cost nothing, and what is known already is not written again. Raises Busy.
    """
    one = identifier_of(channel, account, address)
    if one is None or not learning.tells_something(reason):
        return
    trial = Trial(channel, reason, now, until, template)
    store.change(one.key, lambda contact: learning.learned(contact, trial, settings().time_scale))


def _has_refused(contact: Contact, category: Category, channel: ChannelName, account: str, since: int) -> bool:
    """Whether the newest word that was said by this address is a no that no decision knew. Older ones were weighed with all others."""
    word = consents.said(contact.consents, category, channel, account)
    return word is not None and not word.granted and word.at >= since


def _has_left(channel: ChannelName, account: str, openid: str, contact: Contact) -> bool:
    """Whether the fan left, and allowed no subscription message since."""
    fan = store.fan(account, openid)
    if fan.following is not False or type_of(account) is AccountType.MINI_PROGRAM:
        return False
    allowed = (granted.permission.at for granted in contact.granted.values())
    return not (channel is ChannelName.SUBSCRIBE and any(at > fan.changed_at for at in allowed))
