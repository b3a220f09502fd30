"""The state machine that wakes when timers fall due: every way through it ends, and it may call its one lambda and nothing else."""

from typing import Any, Final

from infra.paths import ROOT
from infra.tables import MACHINE
from infra.template import Place, of_type, template

CHINA: Final = Place("huiliu-dev", "111122223333", "cn-north-1", "aws-cn")
(TIMER,) = of_type(CHINA, MACHINE)
STATES: Final[dict[str, dict[str, Any]]] = TIMER.properties["Definition"]["States"]
COHORT: Final = "arn:aws-cn:lambda:cn-north-1:111122223333:function:huiliu-dev-recheck_cohort"
TERMINAL: Final = {"Succeed", "Fail"}


def ways_out(state: dict[str, Any]) -> set[str]:
    """The names of the states that may follow."""
    choices = {choice["Next"] for choice in state.get("Choices", ())}
    caught = {catcher["Next"] for catcher in state.get("Catch", ())}
    return choices | caught | {state[name] for name in ("Next", "Default") if name in state}


def reached(start: str) -> set[str]:
    """All states that can follow a state, itself included."""
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(ways_out(STATES[name]))
    return found


def test_every_state_is_there_is_reached_and_can_end() -> None:
    assert reached(TIMER.properties["Definition"]["StartAt"]) == set(STATES)
    for name, state in STATES.items():
        assert ways_out(state) <= set(STATES)
        assert bool(ways_out(state)) is (state["Type"] not in TERMINAL)
        assert any(STATES[end]["Type"] in TERMINAL for end in reached(name))


def test_a_choice_always_finds_a_way() -> None:
    assert all("Default" in state for state in STATES.values() if state["Type"] == "Choice")


def test_it_sleeps_until_the_time_in_its_input_then_sends_until_all_is_sent() -> None:
    assert TIMER.properties["Definition"]["StartAt"] == "Sleep"
    assert STATES["Sleep"] == {"Type": "Wait", "TimestampPath": "$.wake", "Next": "Send"}
    assert STATES["More"]["Choices"] == [{"Variable": "$.done", "BooleanEquals": True, "Next": "Sent"}]
    assert STATES["More"]["Default"] == "Send"


def test_every_task_calls_the_lambda_and_tries_again_for_longer_than_a_deployment_or_an_outage_of_minutes() -> None:
    tasks = [state for state in STATES.values() if state["Type"] == "Task"]
    assert [task["Resource"] for task in tasks] == [COHORT]
    for task in tasks:
        (retry,) = task["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        pauses = [
            min(retry["IntervalSeconds"] * retry["BackoffRate"] ** tries, retry["MaxDelaySeconds"]) for tries in range(retry["MaxAttempts"])
        ]
        assert 30 * 60 <= sum(pauses) <= 2 * 3600


def test_its_role_may_call_that_lambda_and_nothing_else() -> None:
    (role,) = [one for one in of_type(CHINA, "AWS::IAM::Role") if one.logical == "RecheckTimerRole"]
    (policy,) = role.properties["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": COHORT}]
    (trust,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert template()["Resources"]["RecheckTimer"]["Properties"]["RoleArn"] == {"Fn::GetAtt": "RecheckTimerRole.Arn"}


def test_the_lambda_is_registered_under_the_name_that_is_called() -> None:
    assert '@app.lambda_function(name="recheck_cohort")' in (ROOT / "app.py").read_text("utf-8")
