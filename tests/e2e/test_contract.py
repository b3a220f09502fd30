"""The published OpenAPI document against the running service: whatever is sent that way, the answer is as the document says.

Runs where every lambda may do only what its policy says, so that a right that some operation lacks shows as a failure too.
"""

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from chalicelib.routes import ROUTES
from infra.local_stack import LocalStack
from tests.e2e.api import ANSWER_SECONDS

EXAMPLES: Final = 12  # of each operation
OPERATIONS: Final = [(route.method, route.path) for route in ROUTES]


@pytest.fixture(scope="module")
def published(guarded_stack: LocalStack) -> Any:
    """The document as the service publishes it."""
    import schemathesis  # takes three seconds of a processor, of each worker that collects tests if it stands above

    return schemathesis.openapi.from_url(f"{guarded_stack.api_url}/openapi.json")


def test_the_document_names_every_operation(published: Any) -> None:
    named = {(operation.ok().method.upper(), operation.ok().path) for operation in published.get_all_operations()}
    assert named == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_the_document_says(method: str, path: str, published: Any, guarded_stack: LocalStack) -> None:
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    # A cursor of another list, a name with a space, a login that is a filler: the document's types cannot say all that is refused.
    not_checked = [positive_data_acceptance]

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=published[path][method].as_strategy())
    def ask(case: Any) -> None:
        headers = {"Authorization": f"Bearer {guarded_stack.api_key}"}
        case.call_and_validate(guarded_stack.api_url, headers=headers, excluded_checks=not_checked, timeout=ANSWER_SECONDS)

    ask()
