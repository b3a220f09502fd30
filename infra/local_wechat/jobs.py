"""What the platform reports later of messages that it took on, and how those messages stand in the fan's chat."""

from collections.abc import Mapping
from typing import Final

from infra.local_wechat import kinds
from infra.local_wechat.chat import Via
from infra.local_wechat.deliveries import Ways
from infra.local_wechat.payloads import Payload
from infra.local_wechat.state import MassJob, Relation, Sent

ACCEPTED: Final = "accepted"
_SUCCESS: Final = "success"
_BLOCKED: Final = "failed:user block"
_VIA: Final[Mapping[str, Via]] = {
    "/cgi-bin/message/custom/": Via.CUSTOM,
    "/cgi-bin/message/template/": Via.TEMPLATE,
    "/cgi-bin/message/subscribe/": Via.NOTICE,
    "/cgi-bin/message/device/": Via.NOTICE,
    "/cgi-bin/message/mass/": Via.MASS,
}


def via(sent: Sent) -> Via:
    """How a message reached the fan."""
    return next((way for beginning, way in _VIA.items() if sent.api.startswith(beginning)), Via.CUSTOM)


def report(sent: Sent, fan: Relation, ways: Ways) -> Payload | None:
    """What is pushed when a message for one person is through; None for those that nothing is told of.

    Somebody who has left in the meantime does not get a template message; notices by subscription do not need fans.
    """
    match via(sent):
        case Via.TEMPLATE:
            truth = _SUCCESS if sent.decision == ACCEPTED else sent.decision
            if truth == _SUCCESS and not fan.subscribed:
                truth = _BLOCKED
            return kinds.template_job(sent.msgid, ways.template_status or truth)
        case Via.NOTICE:
            failed = sent.decision != ACCEPTED
            template_id = str(sent.body.get("template_id", ""))
            return kinds.subscription_sent(template_id, sent.msgid, int(failed), sent.decision if failed else _SUCCESS)
        case _:
            return None


def mass_report(job: MassJob) -> Payload:
    """What is pushed when a mass message is through: of all who were meant, how many it was sent to."""
    total, sent = len(job.openids), len(job.sent)
    return kinds.mass_job(job.msg_id, "send success", total, total, sent, total - sent)
