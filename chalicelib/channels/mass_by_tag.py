"""What gatherings ask of the platform: a tag, given and taken, one call to all who have it, and the tag deleted when all is over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.channels import mass_gatherings, mass_groups, wechat_verdicts
from chalicelib.channels.mass import CHANNEL, MassMessages
from chalicelib.channels.mass_gathering import NO_TAG, Gathering, tag_goes_at
from chalicelib.channels.mass_group import Group, GroupState
from chalicelib.channels.mass_sifting import remembered
from chalicelib.channels.wechat import noted
from chalicelib.channels.wechat_verdicts import OwnReason
from chalicelib.events.model import Json
from chalicelib.fans import connected
from chalicelib.messages.policy.decisions import Reason as Refusal
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.settings import settings
from chalicelib.tagging import platform
from chalicelib.tagging.batching import MAX_FANS, PERSON_FULL, bisected
from chalicelib.tagging.platform import Tags
from chalicelib.wechat import errors, quotas
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls.messages import MASS_ALL
from chalicelib.wechat.error_numbers import Wait
from chalicelib.wechat.errors import Dropped, WechatError

SHARE: Final = MAX_FANS  # members who are given the tag at once
_NAME_TAKEN: Final = 45157
_TAGS_USED_UP: Final = 45056
_NO_SUCH_TAG: Final = 45159
_LEARNT: Final = (Reason.ADDRESS_INVALID, Refusal.NOT_FOLLOWING)
_LEFT_OUT: Final = Outcome(Result.RETRY, Reason.PROVIDER_AWAY, called=False)


def _scale() -> float:
    return settings().time_scale


@dataclass(frozen=True, slots=True)
class ByTag:
    """The channel, and what else gatherings need; tests put other things in place."""

    mass: MassMessages = CHANNEL
    scale: Callable[[], float] = _scale

    def serves(self, account: str) -> bool:
        """Whether the account's mass messages go to tags."""
        return connected.type_of(account) is AccountType.SUBSCRIPTION

    def shut_until(self, account: str, now: int) -> int | None:
        """Until when (ms) the account has no mass message left, None when it has."""
        return quotas.closed_until(account, MASS_ALL.path, now)

    def tags(self, account: str) -> Tags:
        """The calls about an account's tags."""
        return platform.of(self.mass.connect(account))

    def with_tag(self, gathering: Gathering) -> Gathering | Outcome:
        """The gathering with its tag, which is made where there is none; or why there is none. Raises Busy."""
        if gathering.tag != NO_TAG:
            return gathering
        try:
            number = _made(gathering.tag_name, self.tags(gathering.account))
        except WechatError as error:
            if error.number == _TAGS_USED_UP:
                return Outcome(Result.MISCONFIGURED, OwnReason.MASS_TAGS_USED_UP, raw_code=str(error.number))
            return _surely_not(error)
        return mass_gatherings.tagged(gathering, number)

    def give(self, gathering: Gathering, openids: Sequence[str]) -> Mapping[str, Outcome]:
        """Gives fans (SHARE at most) the tag; why somebody did not get it, by openid. With a fault all are among these, though some may
        have it.
        """
        tags = self.tags(gathering.account)
        try:
            found = dict(bisected(lambda some: tags.tag(gathering.tag, some), openids))
        except WechatError as error:
            return dict.fromkeys(openids, _surely_not(error))
        refused = {openid: _of_one(error) for openid, error in found.items()}
        learnt = {openid: outcome.reason for openid, outcome in refused.items() if outcome.reason in _LEARNT}
        noted(lambda: remembered(gathering.account, learnt, gathering.last_at))
        return refused

    def take(self, gathering: Gathering, openids: Sequence[str]) -> Outcome | None:
        """Takes the tag from fans; why not all have lost it, None when they have. Who is no fan any more has none."""
        tags = self.tags(gathering.account)
        try:
            for start in range(0, len(openids), SHARE):
                list(bisected(lambda some: tags.untag(gathering.tag, some), openids[start : start + SHARE]))
        except WechatError as error:
            return _surely_not(error)
        return None

    def call(self, gathering: Gathering, members: Mapping[str, str], body: Json, now: int) -> Outcome:
        """The one call for all who have the tag; `members` are openids by message. Raises Busy."""
        wanted = Group(gathering.id, gathering.account, members, now, tag=gathering.tag)
        return self._told(gathering.account, self.mass.send_tagged(wanted, body, now), now)

    def again(self, group: Group, body: Json, now: int) -> Outcome:
        """The very same call, by somebody else. Raises Busy."""
        return self._told(group.account, self.mass.send_tagged(group, body, now), now)

    def clear(self, account: str, now: int) -> None:
        """Deletes the tags of gatherings that are long over. Raises WechatError; then it is to be done again."""
        for one in mass_gatherings.of_account(account):
            if tag_goes_at(one, self.scale()) <= now:
                _delete(one, self.tags(account))
                mass_gatherings.drop(one)

    def _told(self, account: str, outcomes: Mapping[str, Outcome], now: int) -> Outcome:
        """One outcome stands for all. The day has no second call: the platform would refuse it, and after its fans were tagged."""
        outcome = next(iter(outcomes.values()), _LEFT_OUT)
        if outcome.kind is Result.SENT and (until := errors.until(Wait.DAY, now)) is not None:
            noted(lambda: quotas.close(account, MASS_ALL.path, until, now))
        return outcome


def outcome_of(group: Group) -> Outcome | None:
    """What became of a group's call, None while nobody knows."""
    if group.state is GroupState.SENT:
        return Outcome(Result.SENT, provider_id=group.job)
    return (group.refusal or _LEFT_OUT) if group.state is GroupState.DISSOLVED else None


def was_called(gathering: Gathering) -> bool:
    """Whether the list of a gathering is frozen, so that nothing may be changed any more."""
    return mass_groups.find(gathering.id) is not None


def _made(name: str, tags: Tags) -> int:
    try:
        return tags.create(name)
    except Dropped as error:
        found = _by_name(name, tags) if error.number == _NAME_TAKEN else None
        if found is None:
            raise
        return found


def _by_name(name: str, tags: Tags) -> int | None:
    return next((one.id for one in tags.all() if one.name == name), None)


def _delete(gathering: Gathering, tags: Tags) -> None:
    """A tag without a number was made by somebody who died, or never."""
    number = gathering.tag or _by_name(gathering.tag_name, tags)
    if not number:
        return
    try:
        tags.delete(number)
    except WechatError as error:
        if error.number != _NO_SUCH_TAG:
            raise


def _surely_not(error: WechatError) -> Outcome:
    """Of a call about tags: without an answer it sent nothing."""
    outcome = wechat_verdicts.outcome_of(error)
    return replace(outcome, kind=Result.RETRY) if outcome.kind is Result.UNKNOWN else outcome


def _of_one(error: WechatError) -> Outcome:
    if error.number == PERSON_FULL:
        return Outcome(Result.UNREACHABLE, OwnReason.MASS_FULL, raw_code=str(error.number))
    return wechat_verdicts.outcome_of(error)
