"""Deploys a stage to AWS: data plane, then the lambdas and the API with `chalice deploy`, then everything that Chalice cannot say.

    make deploy STAGE=dev

Doing it again updates what changed. The first time it prints an admin key; nobody can read that again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from infra.converge import converge
from infra.package import DEPLOYED, build
from infra.paths import alone
from infra.stage import STAGES, Stage, child_environment, lambda_environment, policy_names, stage_in_aws


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.deploy", description="Deploy a stage to AWS.")
    parser.add_argument("--stage", required=True, choices=[name for name in STAGES if name != "local"])
    stage = stage_in_aws(parser.parse_args().stage)
    print(f"{stage.name}: account {stage.place.account}, region {stage.place.region}")
    deploy(stage)


def deploy(stage: Stage, deployed: Path = DEPLOYED) -> None:
    """Deploys everything of a stage and prints what was done. Chalice keeps in `deployed` what it made."""
    data = stage.deploy_data()
    print("data plane is up to date")
    with alone("build"):
        project = build(stage.name, lambda_environment(data) | own_address(), policy_names(stage.place, data), deployed)
        chalice(stage, project, ["deploy", "--stage", stage.name])
    for line in converge(stage.place, stage.client, stage.function_prefix) or ["mappings and tables are as they should be"]:
        print(line)
    key = first_key(stage, data)
    print(f"first admin key, shown once: {key}" if key else "the stage has keys already")


def own_address() -> dict[str, str]:
    """How the API is reached from outside, where whoever deploys says so (HUILIU_PUBLIC_URL): links in messages are made of it."""
    url = os.environ.get("HUILIU_PUBLIC_URL", "").removesuffix("/")
    return {"HUILIU_PUBLIC_URL": url} if url else {}


def chalice(stage: Stage, project: Path, arguments: list[str]) -> None:
    """Runs the Chalice command line on a built project. Raises CalledProcessError."""
    program = str(Path(sys.executable).with_name("chalice"))
    subprocess.run([program, "--project-dir", str(project), *arguments], env=chalice_environment(stage), check=True)


def chalice_environment(stage: Stage) -> dict[str, str]:
    """The environment of a Chalice run: it imports the built project, never the working tree."""
    environment = child_environment(stage, stage.data())
    del environment["PYTHONPATH"]
    return environment


def first_key(stage: Stage, data: dict[str, str], always: bool = False) -> str:
    """Makes the first admin key; "" when the stage has keys already."""
    command = [sys.executable, "-m", "infra.first_key", *(["--always"] if always else [])]
    result = subprocess.run(command, env=child_environment(stage, data), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"the first key could not be made:\n{result.stderr[-2000:]}")
    return result.stdout.strip()


if __name__ == "__main__":
    main()
