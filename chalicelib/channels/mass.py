"""Mass messages of service accounts: one call for a list of 2 to 10,000 fans. The body is what `messages.templates.chats` renders.

    outcomes = CHANNEL.send_group("g1", parcels, now)      # by message id

The call's key is the group's id: the platform takes on a job with the same key once and answers with its number however often it is asked.
So a call may be repeated with the same list for as long as keys live, by anybody. What is meant for one person alone does not go this way.
Subscription accounts have no lists, and one call a day: their messages go to a tag that all of a gathering have (`mass_by_tag.py`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.channels import mass_groups, wechat_verdicts
from chalicelib.channels.channel import Parcel
from chalicelib.channels.mass_group import MAX_GROUP, MAX_ID_BYTES, MIN_GROUP, Group, GroupState, is_enough
from chalicelib.channels.mass_sifting import SIFTED_FOR, remembered, strangers
from chalicelib.channels.wechat import OPENID, WechatChannel, called, noted, nothing_called
from chalicelib.channels.wechat_verdicts import OwnReason
from chalicelib.events.model import Json
from chalicelib.fans import connected
from chalicelib.messages.ledger import KEYED_MS
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import messages
from chalicelib.wechat.errors import WechatError

__all__ = ["ALONE_MS", "CHANNEL", "MAX_GROUP", "MIN_GROUP", "MassMessages"]

PER_MINUTE: Final = 60  # calls; the platform's own limit
ROUND_MS: Final = 120_000  # single messages wait for the same moment, so that they meet
ALONE_MS: Final = 600_000  # after so long alone there is no hope of company
_AFTER_THE_FACT: Final = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
_LEFT_BEHIND: Final = Outcome(Result.RETRY, Reason.PROVIDER_AWAY, called=False)  # not of the list that was frozen


class MassMessages(WechatChannel):
    """A message to many at once."""

    name = ChannelName.MASS

    def carry(self, parcel: Parcel, kind: AccountType | None, now: int) -> Outcome:  # noqa: ARG002 - as the others
        """One person is no list. Others may be on their way, so it waits a little; then it cannot go this way, and may go another."""
        if now - parcel.at < ALONE_MS:
            return Outcome(Result.LIMITED, OwnReason.MASS_ALONE, until=(now // ROUND_MS + 1) * ROUND_MS, called=False)
        return Outcome(Result.UNREACHABLE, OwnReason.MASS_ALONE, called=False)

    def unfit(self, appid: str, kind: AccountType | None) -> Outcome | None:
        """A subscription account has mass messages, but none for chosen people; they may be told another way."""
        if kind is AccountType.SUBSCRIPTION:
            return Outcome(Result.REFUSED, OwnReason.MASS_UNLISTED, called=False)
        return super().unfit(appid, kind)

    def key_lives_ms(self, parcel: Parcel) -> int:  # noqa: ARG002 - the same for all
        """As for template messages: longer is promised nowhere."""
        return KEYED_MS

    def per_minute(self, account: str) -> int | None:  # noqa: ARG002 - the same for all
        """Calls, each for a whole group."""
        return PER_MINUTE

    def send_group(self, group_id: str, parcels: Sequence[Parcel], now: int) -> dict[str, Outcome]:
        """Asks the platform once for all of a group, or again for those who were of it the first time: the outcome of each of them.

        The parcels are of one account, with one body. Too few of them wait or are refused as a single one is. Raises ValueError for an id
        that is too long for a key, and Busy.
        """
        if not 0 < len(group_id.encode()) <= MAX_ID_BYTES:
            raise ValueError(f"a group's id becomes the platform's key: it has {MAX_ID_BYTES} bytes at most")
        with nothing_called():
            return self._grouped(group_id, parcels, now)

    def send_tagged(self, wanted: Group, body: Json, now: int) -> dict[str, Outcome]:
        """Asks the platform once for all who have a group's tag: the outcome of each member. The list is frozen first; whoever comes second
        makes the first one's call again. Raises Busy when our own stores fail us before the call.
        """
        with nothing_called():
            stands, fresh = mass_groups.form(wanted)
            return self._called(stands, body, now, fresh=fresh)

    def _grouped(self, group_id: str, parcels: Sequence[Parcel], now: int) -> dict[str, Outcome]:
        first = parcels[0]
        if fault := self.unfit(first.account, connected.type_of(first.account)):
            return {one.id: fault for one in parcels}
        stands, fresh = mass_groups.find(group_id), False
        if stands is None and not is_enough([one.address for one in parcels]):
            return {one.id: self.carry(one, None, now) for one in parcels}
        if stands is None:
            stands, fresh = mass_groups.form(Group(group_id, first.account, {one.id: one.address for one in parcels}, now))
        found = self._called(stands, first.body, now, fresh=fresh)
        return {one.id: _LEFT_BEHIND for one in parcels} | found

    def _called(self, group: Group, body: Json, now: int, *, fresh: bool) -> dict[str, Outcome]:
        if group.state is not GroupState.FORMED:  # a dissolved one: somebody took us for dead, and its messages go some other way
            return group.outcomes(_taken_on(group)) if group.state is GroupState.SENT else {}
        outcome = self._asked(group, body)
        if outcome.kind is Result.SENT:
            return _kept(group, outcome, now)
        if outcome.kind is Result.UNKNOWN:
            return group.outcomes(outcome)
        if not fresh:  # the first call may have gone out, and then somebody have left: another list would tell all others twice
            return group.outcomes(replace(_AFTER_THE_FACT, raw_code=outcome.raw_code))
        if outcome.raw_code in SIFTED_FOR and not group.tag and not group.left_out:
            return self._sifted(group, body, outcome, now)
        return _dissolved(group, outcome)

    def _asked(self, group: Group, body: Json) -> Outcome:
        whom: Json = {"filter": {"is_to_all": False, "tag_id": group.tag}} if group.tag else {OPENID: group.openids()}
        payload = {**body, **whom, messages.MASS_KEY: group.key}
        return called(lambda: messages.send_mass(self.connect(group.account), payload, again=False))

    def _sifted(self, group: Group, body: Json, refused: Outcome, now: int) -> dict[str, Outcome]:
        """Leaves out whom the platform does not know, and asks again with what is left, by a key of its own."""
        try:
            unknown = strangers(self.connect(group.account), group.openids())
        except WechatError as error:
            return _dissolved(group, _surely_not(wechat_verdicts.outcome_of(error)))
        if not unknown:
            return _dissolved(group, refused)
        noted(lambda: remembered(group.account, unknown, now))
        smaller = replace(group, left_out=unknown)
        if len(smaller.openids()) < MIN_GROUP:
            _dissolved(group, refused)
            return smaller.outcomes(Outcome(Result.RETRY, OwnReason.MASS_ALONE))
        stands = mass_groups.moved(group, smaller)
        return self._called(stands, body, now, fresh=stands is smaller)


def _kept(group: Group, outcome: Outcome, now: int) -> dict[str, Outcome]:
    """Found by its number first: the push of its end must not come before."""
    after = replace(group, state=GroupState.SENT, job=outcome.provider_id)
    noted(lambda: mass_groups.named(after, now))
    noted(lambda: mass_groups.moved(group, after))
    return group.outcomes(outcome)


def _dissolved(group: Group, outcome: Outcome) -> dict[str, Outcome]:
    """Nothing went out, and nothing will by this key; unless somebody else who repeated the call has just heard otherwise."""
    after = mass_groups.moved(group, replace(group, state=GroupState.DISSOLVED, refusal=outcome))
    return after.outcomes(_taken_on(after) if after.state is GroupState.SENT else outcome)


def _taken_on(group: Group) -> Outcome:
    return Outcome(Result.SENT, provider_id=group.job)


def _surely_not(outcome: Outcome) -> Outcome:
    """Of a call that only asked: without an answer it sent nothing."""
    return replace(outcome, kind=Result.RETRY) if outcome.kind is Result.UNKNOWN else outcome


CHANNEL: Final = MassMessages()
