"""What the platform tells when a mass message is through (MASSSENDJOBFINISH): counts for the whole job, never who got it.

done = finished(appid, push.fields, now)
done.fate      # FAILED for all; DELIVERED for all, when everybody is counted as sent; None: some did, and nobody can say who
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.channels import mass_groups
from chalicelib.channels.wechat_verdicts import mass_fate
from chalicelib.events.model import Json
from chalicelib.providers.model import Fate, Reason

_COUNTS: Final = {"TotalCount": "total", "FilterCount": "carried", "SentCount": "sent", "ErrorCount": "failed"}
_MAX_STATUS: Final = 60  # characters that are kept of what the platform says


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job that is through. `members` are the ids of the messages that went with it; `counts` has total, carried (those who may get it:
    not over their month, not refusing), sent, failed.
    """

    group: str
    fate: Fate | None
    reason: str
    members: tuple[str, ...]
    counts: Json


def finished(appid: str, fields: Mapping[str, Any], now: int) -> JobDone | None:
    """What a push says of a job of ours, kept with its group. None for one that nobody knows: a console's, or one whose number is not
    written down yet.
    """
    group = mass_groups.of_job(appid, job_number(fields))
    if group is None:
        return None
    counts = counts_of(fields)
    mass_groups.counted(group, {**counts, "status": str(fields.get("Status", ""))[:_MAX_STATUS], "at": now})
    members = tuple(message for message, openid in group.members.items() if openid not in group.left_out)
    fate, reason = fate_of(fields, len(group.openids()))
    return JobDone(group.id, fate, reason, members, counts)


def job_number(fields: Mapping[str, Any]) -> str:
    """The platform's number of a job, "" when the push has none. Pure."""
    return next((value for name in ("MsgID", "MsgId") if isinstance(value := fields.get(name), str) and value.isascii()), "")


def counts_of(fields: Mapping[str, Any]) -> Json:
    """The job's counts by our names; what the push does not tell is not there. Pure."""
    told = {ours: fields.get(name) for name, ours in _COUNTS.items()}
    return {name: int(value) for name, value in told.items() if isinstance(value, str) and value.isascii() and value.isdigit()}


def fate_of(fields: Mapping[str, Any], listed: int) -> tuple[Fate | None, str]:
    """What became of every single message of a list of so many, and why; None where some got it and some did not. Pure."""
    failed = mass_fate(str(fields.get("Status", "")))
    if failed is not None:
        return Fate.FAILED, failed[1]
    sent = counts_of(fields).get("sent")
    return (Fate.DELIVERED, Reason.NONE.value) if sent is not None and sent >= listed else (None, Reason.NONE.value)
