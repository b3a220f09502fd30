"""The zip that goes to Lambda: small, and complete with nothing beside it but what the runtime has."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from infra.local_stack import LocalStack
from infra.paths import LOCAL

MAX_BYTES = 9_000_000  # Lambda unpacks it at every cold start; 50 MB is where AWS stops
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
HANDLERS = (
    "merge",
    "archive",
    "import_files",
    "score",
    "recheck",
    "recheck_cohort",
    "pass_people",
    "dispatch",
    "perform",
    "move_on",
    "journey_work",
)
ENTRYPOINTS = ("app", *(f"chalicelib.entrypoints.{name}" for name in HANDLERS))


@pytest.fixture(scope="module")
def code(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that the running stack was deployed from, unpacked as Lambda does."""
    folder = tmp_path_factory.mktemp("code")
    with zipfile.ZipFile(LOCAL / "build" / "local" / "package" / "deployment.zip") as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries of Lambda's Python runtime, and no others."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        (folder / name).symlink_to(Path(sysconfig.get_paths()["purelib"], name))
    return folder


def test_the_zip_is_small(stack: LocalStack) -> None:
    function = stack.stage.client("lambda").get_function(FunctionName="huiliu-local")
    assert function["Configuration"]["CodeSize"] <= MAX_BYTES


@pytest.mark.parametrize("module", ENTRYPOINTS)
def test_the_zip_needs_only_the_runtime(code: Path, runtime: Path, module: str) -> None:
    program = f"import sys; sys.path[:0] = [{str(code)!r}, {str(runtime)!r}]; import {module}"
    # -I -S: neither this project nor its tools can be found.
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False, env={"AWS_DEFAULT_REGION": "us-east-1"}
    )
    assert result.stderr == ""


def test_libraries_come_with_their_bytecode(code: Path) -> None:
    tag = sys.implementation.cache_tag
    assert (code / "pydantic" / "__pycache__" / f"main.{tag}.pyc").exists()
    assert (code / "chalicelib" / "__pycache__" / f"settings.{tag}.pyc").exists()


def test_nothing_is_packed_that_the_runtime_has(code: Path) -> None:
    assert not {name for name in RUNTIME if (code / name).exists()}
