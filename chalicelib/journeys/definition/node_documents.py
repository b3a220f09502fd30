"""The nodes of a journey, as documents write them: each is an object, and the key that only it has tells its type. Pydantic."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from chalicelib.audiences.conditions import Condition, Name, Word
from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.audiences.parts import FILLED
from chalicelib.durations import Duration, duration_ms
from chalicelib.journeys.definition.act_documents import Act, Channels, Data, not_for_many
from chalicelib.journeys.definition.event_documents import Happening, SegmentTurn, by_shape
from chalicelib.journeys.definition.time_documents import UntilDate, UntilTime
from chalicelib.journeys.engine.model import Why

MAX_WAYS: Final = 20  # out of one branch or split
MIN_PARTS: Final = 2
MAX_AWAITED: Final = 10
MAX_ACTS: Final = 20
MAX_WEIGHT: Final = 1_000_000

NodeName = Annotated[Name, Field(description="The name of a node of this journey.")]
Way = tuple[str, str, bool]  # (path in the node, the node that comes next, whether time has certainly passed by then)


class NodeDocument(Clause):
    """What all nodes have in common."""

    def ways(self) -> Iterator[Way]:
        """Every way out of it."""
        yield from ()


class OneWay(NodeDocument):
    """A node after which there is one next."""

    next: NodeName

    timed: ClassVar[bool] = False

    def ways(self) -> Iterator[Way]:
        """The only one."""
        yield "next", self.next, self.timed


def _wait(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """One look tells which of the three it is, so that faults name the place and nothing else."""
    if isinstance(value, dict):
        return (UntilTime if "until" in value else UntilDate).model_validate(value)
    if isinstance(value, UntilTime | UntilDate):
        return value
    try:
        duration_ms(value)
    except ValueError as error:
        refuse((), "duration_invalid", str(error))
    return value


class WaitNode(NodeDocument):
    """The run stays for so long, until a time of the day, or until a date."""

    wait: Annotated[UntilTime | UntilDate | Duration, WrapValidator(_wait)]
    next: NodeName
    else_: Optional[NodeName] = Field(
        default=None, alias="else", description="Where it goes when there is no such date, or it has gone by. Else it goes on at once."
    )

    @model_validator(mode="after")
    def _may_fail(self) -> Self:
        if self.else_ is not None and not isinstance(self.wait, UntilDate):
            refuse(("else",), "else_pointless", "only a date can be missing or gone by")
        return self

    def ways(self) -> Iterator[Way]:
        """To `next`, which takes no time when the date has gone by, and to `else`."""
        yield "next", self.next, not isinstance(self.wait, UntilDate)
        if self.else_ is not None:
            yield "else", self.else_, False


class AwaitedEvent(Happening):
    """An event that is waited for."""

    then: Optional[NodeName] = None


class AwaitedSegment(SegmentTurn):
    """The person is in a segment (or, for `leave`, is not), at once or in time."""

    then: Optional[NodeName] = None


Awaits = Annotated[AwaitedEvent | AwaitedSegment, by_shape({"event": AwaitedEvent, "segment": AwaitedSegment}, "what is waited for")]
_Several = Annotated[tuple[Awaits, ...], FILLED, Field(max_length=MAX_AWAITED)]


_one_awaited: Final[TypeAdapter[Any]] = TypeAdapter(Awaits)
_several_awaited: Final[TypeAdapter[Any]] = TypeAdapter(_Several)


def _awaited(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """One look tells whether it is one or several."""
    return (_several_awaited if isinstance(value, list | tuple) else _one_awaited).validate_python(value)


class WaitForNode(NodeDocument):
    """The run stays until one of several things happens, or time is up."""

    wait_for: Annotated[_Several | AwaitedEvent | AwaitedSegment, WrapValidator(_awaited)]
    within: Duration
    then: Optional[NodeName] = Field(default=None, description="Where it goes when one happens that names no `then` of its own.")
    else_: NodeName = Field(alias="else", description="Where it goes when none happened in time.")

    @property
    def awaited(self) -> tuple[tuple[str, AwaitedEvent | AwaitedSegment], ...]:
        """What is waited for, with its path in the node."""
        if isinstance(self.wait_for, tuple):
            return tuple((f"wait_for/{place}", one) for place, one in enumerate(self.wait_for))
        return (("wait_for", self.wait_for),)

    @model_validator(mode="after")
    def _leads_on(self) -> Self:
        without = [path for path, one in self.awaited if one.then is None]
        if without and self.then is None:
            refuse(("then",), "missing", f"say where it goes when {without[0]} happens")
        return self

    def ways(self) -> Iterator[Way]:
        """Of each that is waited for, and of none. Who is in the segment already goes on at once."""
        for path, one in self.awaited:
            timed = isinstance(one, AwaitedEvent)
            yield (f"{path}/then", one.then, timed) if one.then else ("then", str(self.then), timed)
        yield "else", self.else_, True


class BranchWay(Clause):
    """A way for those for whom the condition holds."""

    where: Condition
    next: NodeName


class BranchNode(NodeDocument):
    """The run takes the first way whose condition holds of the person."""

    branch: Annotated[tuple[BranchWay, ...], FILLED, Field(max_length=MAX_WAYS)]
    else_: NodeName = Field(alias="else")

    def ways(self) -> Iterator[Way]:
        """All, and the one that is left."""
        yield from ((f"branch/{place}/next", one.next, False) for place, one in enumerate(self.branch))
        yield "else", self.else_, False


class SplitWay(Clause):
    """A part of the people, in proportion to the weights."""

    weight: Annotated[StrictInt, Field(ge=1, le=MAX_WEIGHT)]
    next: NodeName


class SplitNode(NodeDocument):
    """People are divided by chance, the same person always the same way."""

    split: Annotated[tuple[SplitWay, ...], FILLED, Field(min_length=MIN_PARTS, max_length=MAX_WAYS)]

    def ways(self) -> Iterator[Way]:
        """All parts."""
        yield from ((f"split/{place}/next", one.next, False) for place, one in enumerate(self.split))


class DoNode(OneWay):
    """Acts, one after the other."""

    do: Annotated[tuple[Act, ...], FILLED, Field(max_length=MAX_ACTS)]


class SendClause(Clause):
    """A message, as `POST /v1/messages` takes one. Its texts see what let the person in as `entry.`."""

    template: Name = Field(description="A template in force.")
    channels: Optional[Channels] = Field(
        default=None, description="Those that it may go by, best first; else all of the template but mass."
    )
    strict: StrictBool = Field(default=False, description="Keep to the order of `channels` even if the person likes another one better.")
    data: Optional[Data] = None
    within: Optional[Duration] = Field(default=None, description="For how long it is worth sending.")

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        not_for_many(self.channels or ())
        return self


class SendNode(OneWay):
    """A message to the person; the run goes on without waiting for what becomes of it."""

    send: SendClause


class GoalNode(OneWay):
    """A milestone: who comes by is counted under its name."""

    goal: Word


def _reason(reason: str) -> str:
    if reason in frozenset(Why):
        refuse((), "reason_reserved", f"{reason} is what runs say that did not come to an exit node; name another reason")
    return reason


class ExitNode(NodeDocument):
    """The end, for a reason that is counted under its name."""

    exit: Annotated[Word, AfterValidator(_reason)]


Node = WaitNode | WaitForNode | BranchNode | SplitNode | DoNode | SendNode | GoalNode | ExitNode
AnyNode = Annotated[
    Node,
    by_shape(
        {
            "wait": WaitNode,
            "wait_for": WaitForNode,
            "branch": BranchNode,
            "split": SplitNode,
            "do": DoNode,
            "send": SendNode,
            "goal": GoalNode,
            "exit": ExitNode,
        },
        "a node",
    ),
]
