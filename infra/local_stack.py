"""The whole system on this machine: emulator, data plane, the packaged lambdas behind an API, a WeChat, providers of SMS, push and
webhooks, and keys to call it with.

    with local_stack(LOCAL / "run", port=4600) as stack:
        requests.post(f"{stack.api_url}/v1/events", headers={"Authorization": f"Bearer {stack.write_key}"}, ...)

The package is the one that goes to AWS; it is deployed by CloudFormation, which takes half a second here.
"""

import contextlib
import hashlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chalicelib.pace import Pace
from infra.converge import converge
from infra.deploy import chalice_environment, first_key
from infra.emulator.process import ACCOUNT, Emulator, emulator
from infra.package import build
from infra.paths import LOCAL, alone
from infra.providers_process import PROVIDERS_BESIDE, providers_process
from infra.providers_process import variables as of_senders
from infra.stage import Stage, lambda_environment, policy_names, stage_at
from infra.wechat_process import BESIDE, variables, wechat_process

DEMO_SOURCE: Final = "demo"
# Sensors requests name their project in the URL; without one the clients mean "default".
_SOURCE_DOCUMENT: Final = {"title": "Demo", "projects": ["default"]}
_CODE_BUCKET: Final = "huiliu-local-code"
_NEAR_MS: Final = 150_000  # of a stack whose time runs fast; 120 s are the least, for a cohort wakes so early
_MAKES_LINKS: Final = ("", "-dispatch", "-take_up", "-fan_out", "-perform")  # the API, and whatever decides what messages say


class PackagingFailed(Exception):
    """Chalice could not make the package."""


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack and how to call it. `api_key` may do everything; `write_key` may ingest for the source `demo`.

    `providers_url` stands for the platform that the lambdas call, WeChat; `senders_url` for the providers of SMS and push, and for
    receivers of webhooks.
    """

    api_url: str
    write_key: str
    api_key: str
    emulator: Emulator
    stage: Stage
    data: dict[str, str]
    time_scale: float
    providers_url: str
    senders_url: str
    time_anchor: int = 0  # epoch ms: when the clock on the wall of a stack whose time runs fast showed the true time

    @property
    def pace(self) -> Pace:
        """How fast its time runs."""
        return Pace(self.time_scale, self.time_anchor)

    def document(self) -> dict[str, Any]:
        """What `.local/stack.json` holds."""
        return {
            "api_url": self.api_url,
            "write_key": self.write_key,
            "api_key": self.api_key,
            "aws_endpoint": self.emulator.endpoint,
            "providers_url": self.providers_url,
            "senders_url": self.senders_url,
            "time_scale": self.time_scale,
            **({"time_anchor": self.time_anchor} if self.time_scale != 1 else {}),
        }


@contextlib.contextmanager
def local_stack(home: Path, port: int = 0, time_scale: float = 1.0, enforce_iam: bool = False) -> Iterator[LocalStack]:
    """Runs the whole system for the length of the block; port 0 takes a free one. `enforce_iam` makes the lambdas' policies count."""
    extra = {"AUTH": "true"} if enforce_iam else None
    time_anchor = 0 if time_scale == 1 else time.time_ns() // 1_000_000
    with (
        emulator(home, port, extra) as running,
        wechat_process(home, port and port + BESIDE, time_scale, time_anchor) as wechat,
        providers_process(home, port and port + PROVIDERS_BESIDE, time_scale, time_anchor) as senders,
    ):
        stage = stage_at(running.endpoint, "local", running.environment(), ACCOUNT)
        data = stage.deploy_data()
        outputs = deploy_app(stage, data, {**_pace(time_scale, time_anchor), **variables(wechat), **of_senders()})
        converge(stage.place, stage.client, stage.function_prefix)
        api_url = running.api_url(outputs["RestAPIId"])
        _tell_address(stage, api_url)
        api_key = first_key(stage, data, always=True)
        yield LocalStack(api_url, _demo_source(api_url, api_key), api_key, running, stage, data, time_scale, wechat, senders, time_anchor)


def _pace(time_scale: float, time_anchor: int) -> dict[str, str]:
    """What tells the lambdas how fast time runs. Where it runs fast, what is some minutes ahead is held by the state machines already."""
    if time_scale == 1:
        return {}
    told = {"HUILIU_TIME_SCALE": time_scale, "HUILIU_TIME_ANCHOR": time_anchor, "HUILIU_TIMER_DELAY_MS": _NEAR_MS}
    return {name: str(value) for name, value in told.items()}


def deploy_app(stage: Stage, data: dict[str, str], extra: dict[str, str]) -> dict[str, str]:
    """Packs the project and deploys it by CloudFormation; returns the stack's outputs."""
    code, template = packed(stage, data, extra)
    store = stage.client("s3")
    store.create_bucket(Bucket=_CODE_BUCKET)
    key = f"{hashlib.sha256(code).hexdigest()[:16]}.zip"
    store.put_object(Bucket=_CODE_BUCKET, Key=key, Body=code)
    _name_functions(template, stage.function_prefix, f"s3://{_CODE_BUCKET}/{key}")
    # By address: with its API description inside, the template outgrows what a call may carry (51 KB).
    store.put_object(Bucket=_CODE_BUCKET, Key="sam.json", Body=json.dumps(template).encode())
    address = f"https://s3.amazonaws.com/{_CODE_BUCKET}/sam.json"
    return stage.stacks().deploy(stage.function_prefix, {"TemplateURL": address})


def packed(stage: Stage, data: dict[str, str], extra: dict[str, str]) -> tuple[bytes, dict[str, Any]]:
    """The lambdas' zip and the template that `chalice package` writes. Raises PackagingFailed with Chalice's words."""
    with alone("build"):
        project = build(stage.name, lambda_environment(data) | extra, policy_names(stage.place, data), LOCAL / "deployed")
        target = _package(stage, project)
        return (target / "deployment.zip").read_bytes(), json.loads((target / "sam.json").read_text("utf-8"))


def _package(stage: Stage, project: Path) -> Path:
    target = project / "package"
    program = str(Path(sys.executable).with_name("chalice"))
    command = [program, "--project-dir", str(project), "package", "--stage", stage.name, str(target)]
    result = subprocess.run(command, env=chalice_environment(stage), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise PackagingFailed((result.stdout + result.stderr)[-3000:])
    return target


def _name_functions(template: dict[str, Any], prefix: str, code: str) -> None:
    """Points the functions at their code and names them as `chalice deploy` would, so that commands and policies fit both."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            handler = resource["Properties"]["Handler"].rpartition(".")[2]
            resource["Properties"] |= {"CodeUri": code, "FunctionName": prefix if handler == "app" else f"{prefix}-{handler}"}


def _tell_address(stage: Stage, api_url: str) -> None:
    """The lambdas that make links learn the API's address, which is known only once it is deployed."""
    client = stage.client("lambda")
    for suffix in _MAKES_LINKS:
        name = stage.function_prefix + suffix
        known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(FunctionName=name, Environment={"Variables": {**known, "HUILIU_PUBLIC_URL": api_url}})


def _demo_source(api_url: str, api_key: str) -> str:
    """Publishes the source `demo` and returns a write key of it, all by the API."""
    call(f"{api_url}/v1/sources/{DEMO_SOURCE}", api_key, _SOURCE_DOCUMENT, "PUT")
    call(f"{api_url}/v1/sources/{DEMO_SOURCE}/publish", api_key, {})
    made = call(f"{api_url}/v1/keys", api_key, {"source": DEMO_SOURCE, "label": "demo"})
    return str(made["key"])


def call(url: str, key: str, body: Any = None, method: str | None = None) -> Any:
    """One JSON request; raises urllib's HTTPError for anything but success."""
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
