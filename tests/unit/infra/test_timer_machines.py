"""The state machines that wake when timers fall due: every way through one ends, and it may call its one lambda and nothing else."""

from typing import Any, Final

import pytest

from infra.paths import ROOT
from infra.tables import MACHINE
from infra.template import Place, Resource, of_type, template

CHINA: Final = Place("huiliu-dev", "111122223333", "cn-north-1", "aws-cn")
TIMERS: Final = {one.logical: one for one in of_type(CHINA, MACHINE)}
LAMBDAS: Final = {"RecheckTimer": "recheck_cohort", "MessageTimer": "message_cohort", "JourneyTimer": "journey_cohort"}
TERMINAL: Final = {"Succeed", "Fail"}


@pytest.fixture(params=sorted(LAMBDAS))
def timer(request: pytest.FixtureRequest) -> Resource:
    return TIMERS[request.param]


@pytest.fixture
def states(timer: Resource) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = timer.properties["Definition"]["States"]
    return found


def cohort_of(timer: Resource) -> str:
    return f"arn:aws-cn:lambda:cn-north-1:111122223333:function:huiliu-dev-{LAMBDAS[timer.logical]}"


def ways_out(state: dict[str, Any]) -> set[str]:
    """The names of the states that may follow."""
    choices = {choice["Next"] for choice in state.get("Choices", ())}
    caught = {catcher["Next"] for catcher in state.get("Catch", ())}
    return choices | caught | {state[name] for name in ("Next", "Default") if name in state}


def reached(states: dict[str, dict[str, Any]], start: str) -> set[str]:
    """All states that can follow a state, itself included."""
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(ways_out(states[name]))
    return found


def test_every_machine_is_one_of_these() -> None:
    assert TIMERS.keys() == LAMBDAS.keys()


def test_every_state_is_there_is_reached_and_can_end(timer: Resource, states: dict[str, dict[str, Any]]) -> None:
    assert reached(states, timer.properties["Definition"]["StartAt"]) == set(states)
    for name, state in states.items():
        assert ways_out(state) <= set(states)
        assert bool(ways_out(state)) is (state["Type"] not in TERMINAL)
        assert any(states[end]["Type"] in TERMINAL for end in reached(states, name))


def test_a_choice_always_finds_a_way(states: dict[str, dict[str, Any]]) -> None:
    assert all("Default" in state for state in states.values() if state["Type"] == "Choice")


def test_it_sleeps_until_the_time_in_its_input_then_sends_until_all_is_sent(timer: Resource, states: dict[str, dict[str, Any]]) -> None:
    assert timer.properties["Definition"]["StartAt"] == "Sleep"
    assert states["Sleep"] == {"Type": "Wait", "TimestampPath": "$.wake", "Next": "Send"}
    assert states["More"]["Choices"] == [{"Variable": "$.done", "BooleanEquals": True, "Next": "Sent"}]
    assert states["More"]["Default"] == "Send"


def test_every_task_calls_the_lambda_and_tries_again_for_longer_than_a_deployment_or_an_outage_of_minutes(
    timer: Resource, states: dict[str, dict[str, Any]]
) -> None:
    tasks = [state for state in states.values() if state["Type"] == "Task"]
    assert [task["Resource"] for task in tasks] == [cohort_of(timer)]
    for task in tasks:
        (retry,) = task["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        pauses = [
            min(retry["IntervalSeconds"] * retry["BackoffRate"] ** tries, retry["MaxDelaySeconds"]) for tries in range(retry["MaxAttempts"])
        ]
        assert 30 * 60 <= sum(pauses) <= 2 * 3600


def test_its_role_may_call_that_lambda_and_nothing_else(timer: Resource) -> None:
    (role,) = [one for one in of_type(CHINA, "AWS::IAM::Role") if one.logical == f"{timer.logical}Role"]
    (policy,) = role.properties["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": cohort_of(timer)}]
    (trust,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert template()["Resources"][timer.logical]["Properties"]["RoleArn"] == {"Fn::GetAtt": f"{timer.logical}Role.Arn"}


def test_the_lambda_is_registered_under_the_name_that_is_called(timer: Resource) -> None:
    assert f'@app.lambda_function(name="{LAMBDAS[timer.logical]}")' in (ROOT / "app.py").read_text("utf-8")
