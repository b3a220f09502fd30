"""What would become of the messages of a rehearsal: the contact policy is asked as it would be, at the instant of the rehearsal.

The addresses, consents and permissions of the person are those of the present. Of what they were sent, what was before the instant counts,
and what the rehearsal itself has sent; not what this very journey sent them when it happened.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.audiences.portrait import shown
from chalicelib.contacts.facts import TIMEZONE
from chalicelib.dispatch import states, weighing
from chalicelib.dispatch.model import Order
from chalicelib.dispatch.saying import Weighed, asks_for_person, filled, weighed
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.messages import Passing, order_of
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.engine.model import Send as SendEffect
from chalicelib.journeys.nodes.acting import SendMessage
from chalicelib.journeys.rehearsal.past import Moment, Past
from chalicelib.journeys.rehearsal.rehearsed import DEFERRED, REFUSED, SENT, Post
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Decision, Defer, Refuse, Send
from chalicelib.messages.policy.model import ContactFacts, Route
from chalicelib.messages.policy.rules import ContactRules
from chalicelib.messages.policy.sends import Sends, Use, reserved
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.published import Template


@dataclass(frozen=True, slots=True)
class Means:
    """What messages are made of and decided by: the templates in force by name, and the policy. `scale` shortens times, 1 in production."""

    templates: Mapping[str, Template]
    policy: ContactRules
    scale: float = 1
    personal: Mapping[str, Collection[ChannelName]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "personal", {name: asks_for_person(one.document) for name, one in self.templates.items()})


@dataclass(slots=True)
class Desk:
    """The messages of one person. `contact` is asked for when the first one is; messages of `replaced` are those that this journey sent."""

    chart: Chart
    past: Past
    means: Means
    contact: Callable[[], ContactFacts]
    replaced: Callable[[], Collection[str]] = frozenset
    orders: dict[str, Order] = field(default_factory=dict)
    used: list[Use] = field(default_factory=list)
    known: ContactFacts | None = None

    def post(self, run: Run, effect: SendEffect, now: int) -> Post:
        """What would become of a message that a run asks for at an instant."""
        node = self.chart.nodes[effect.node]
        if not isinstance(node, SendMessage):
            raise TypeError(f"{effect.node} sends nothing")
        passing = Passing(self.chart, run, effect.node, effect.visit, effect.at)
        order = order_of(passing, node.message, self.means.templates[node.message.template], self.past.person.id)
        self.orders[order.id] = order
        return self._decided(Post(run.id, effect.node, order.id, effect.at, now, DEFERRED), now)

    def again(self, waiting: Post, now: int) -> Post:
        """What would become of one that was deferred, when its time has come."""
        return self._decided(waiting, now)

    def _decided(self, post: Post, now: int) -> Post:
        order = self.orders[post.message]
        found = self._weighed(order, self.past.at(now))
        match found.decision:
            case Send(route, _, use) as send:
                if weighing.takes_a_place(order, send):
                    self.used.append(use)
                return replace(post, at=now, state=SENT, reason="", channel=route.channel.value, account=route.account, until=0)
            case Defer(until, reason):
                return replace(post, at=now, state=DEFERRED, reason=reason.value, until=until, waited=post.waited or reason.value)
            case Refuse() as refuse:
                return replace(post, at=now, state=REFUSED, reason=found.reason(refuse), until=0)

    def _weighed(self, order: Order, moment: Moment) -> Weighed:
        template = self.means.templates[order.template]
        known = self._facts(moment)
        liked = weighing.liked(moment.facts.attributes.get(weighing.PREFERRED))
        message = states.accepted(order, moment.now)

        def ask(closed: Collection[Route]) -> Decision:
            asked = weighing.asked_of(message, template.document, order.person, liked, self.means.scale, closed)
            return decide(asked, known, self.means.policy, moment.now)

        personal = self.means.personal[order.template]
        return weighed(ask, lambda channel: filled(order, template.document, lambda: _portrait(moment), channel, channel in personal))

    def _facts(self, moment: Moment) -> ContactFacts:
        """What is known of reaching the person, with what they were sent up to the instant."""
        if self.known is None:
            self.known = self._as_recorded()
        uses = Sends(tuple(one for one in self.known.sends.uses if one.at < moment.now), self.known.sends.released)
        for use in self.used:
            uses = reserved(uses, use)
        timezone = moment.facts.attributes.get(TIMEZONE, "")
        return replace(self.known, sends=uses, timezone=timezone if isinstance(timezone, str) else "")

    def _as_recorded(self) -> ContactFacts:
        found, replaced = self.contact(), frozenset(self.replaced())
        uses = tuple(one for one in found.sends.uses if one.message not in replaced)
        return replace(found, sends=Sends(uses, found.sends.released))


def _portrait(moment: Moment) -> dict[str, object]:
    return shown(moment.facts, moment.past.rules.judge(moment.facts, moment.now, moment.plan))
