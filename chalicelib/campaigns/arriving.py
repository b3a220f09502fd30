"""What codes brought is credited to them: the campaign, the code and the inviter go on the event.

    drafts = credited(drafts, push, appid, now)      # a push of WeChat

The ids of events do not depend on it: a push is one event whether its code was found or not. A code that has ended is credited all the
same, for whoever scanned it in time may be told of late; and so is one whose campaign is over. Codes of other accounts, and scenes that
others made up, stay what they are.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.campaigns.model import CODE_ID, Code
from chalicelib.events.model import Draft
from chalicelib.wechat.drafts import scene_of
from chalicelib.wechat.push import Push


def credited(drafts: Sequence[Draft], push: Push, appid: str, now: int) -> list[Draft]:  # noqa: ARG001 - each step of a push is asked alike
    """The drafts of a push; those of a scanned code of ours with its campaign, code id, inviter and properties."""
    code = code_of(push, appid)
    if code is None:
        return list(drafts)
    from chalicelib.campaigns.origins import context_of

    context = context_of(code)
    return [replace(draft, context={**draft.context, **context}) for draft in drafts]


def code_of(push: Push, appid: str) -> Code | None:
    """The code of the account that was scanned, or None."""
    scene = scene_of(push)
    if not CODE_ID.fullmatch(scene):
        return None
    from chalicelib.campaigns.origins import known_code  # 20 ms of a cold start; most pushes have no code

    code = known_code(scene)
    return code if code is not None and code.asked.account == appid else None
