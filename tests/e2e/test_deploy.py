"""`make deploy`, rehearsed: the same steps that go to AWS, with Chalice's own deployment, against the emulator."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from infra import deploy
from infra.emulator.process import ACCOUNT, Emulator, emulator
from infra.mappings import MERGE
from infra.paths import ROOT
from infra.stage import Stage, stage_at
from tests.support.environment import TEST_ENVIRONMENT

# Chalice looks every five seconds whether a function is ready; here it is after half a second.
_IMPATIENT_CHALICE = """
import botocore.waiter
patient = botocore.waiter.SingleWaiterConfig.__init__
botocore.waiter.SingleWaiterConfig.__init__ = lambda self, config: patient(self, {**config, "delay": 0.1})
from chalice.cli import main
main()
"""


@dataclass(frozen=True, slots=True)
class Dev:
    """The stage dev, deployed once. `deployed` is where Chalice keeps what it made; `said` is what the deployment printed."""

    aws: Emulator
    stage: Stage
    deployed: Path
    said: str

    def api_ids(self) -> list[str]:
        """The REST APIs that there are."""
        return [one["id"] for one in self.stage.client("apigateway").get_rest_apis()["items"]]

    def deploy(self) -> str:
        """Deploys again; returns what is printed."""
        return deployment(self.stage, self.deployed)


def deployment(stage: Stage, deployed: Path) -> str:
    with redirect_stdout(StringIO()) as said:
        deploy.deploy(stage, deployed)
    return said.getvalue()


def chalice(stage: Stage, project: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-c", _IMPATIENT_CHALICE, "--project-dir", str(project), *arguments]
    subprocess.run(command, env=deploy.chalice_environment(stage), check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    folder = tmp_path_factory.mktemp("dev")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deploy, "chalice", chalice)
        for name in TEST_ENVIRONMENT:
            patch.delenv(name, raising=False)
        with emulator(folder / "home") as aws:
            stage = stage_at(aws.endpoint, "dev", aws.environment(), ACCOUNT)
            yield Dev(aws, stage, folder / "deployed", deployment(stage, folder / "deployed"))


def test_a_new_stage_answers_and_tells_its_first_key_once(dev: Dev) -> None:
    assert "first admin key, shown once: hla_" in dev.said
    (api_id,) = dev.api_ids()
    with urllib.request.urlopen(f"{dev.aws.api_url(api_id)}/health", timeout=30) as answer:
        assert json.load(answer)["stage"] == "dev"


def test_each_lambda_gets_a_role_of_its_own(dev: Dev) -> None:
    functions = dev.stage.client("lambda").list_functions()["Functions"]
    configured = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))["lambda_functions"]
    assert len({one["Role"] for one in functions}) == len(functions) == len(configured)


def test_mappings_have_the_options_that_chalice_cannot_say(dev: Dev) -> None:
    (mapping,) = dev.stage.client("lambda").list_event_source_mappings(FunctionName="huiliu-dev-merge")["EventSourceMappings"]
    wanted = MERGE.options(mapping["DestinationConfig"]["OnFailure"]["Destination"])
    assert mapping.items() >= wanted.items()


def test_deploying_again_keeps_the_api_and_finds_nothing_to_mend(dev: Dev) -> None:
    before = dev.api_ids()
    said = dev.deploy()
    assert "mappings and tables are as they should be" in said
    assert "the stage has keys already" in said
    assert dev.api_ids() == before
