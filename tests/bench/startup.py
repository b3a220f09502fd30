"""What a cold start costs: the size of the package, and the CPU time to import it."""

import io
import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from infra.emulator.process import ACCOUNT, emulator
from infra.local_stack import packed
from infra.paths import LOCAL
from infra.stage import stage_at
from tests.bench.report import Section, judged
from tests.bench.timing import MS_PER_SECOND

SIZE_AIM_MB: Final = 5.0
IMPORT_AIM: Final = 1.6  # times a bare Chalice app with one boto3 client
STARTS: Final = 15
BARE: Final = "a bare Chalice app, one boto3 client"
JUDGED: Final = "app.py, with its DynamoDB client"
BYTES_PER_MB: Final = 1_000_000
RUNTIME: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")  # what Lambda's Python brings
REGION: Final = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

BARE_APP: Final = """
from chalice import Chalice
app = Chalice(app_name="bare")

@app.route("/")
def index():
    return {}
"""
_CLIENT: Final = "import boto3; boto3.client('dynamodb')"
_OWN_CLIENT: Final = "from chalicelib.events.store import EventRecord as R; R._get_connection().connection.client"
_PROGRAM: Final = """
import sys
from time import process_time
sys.path[:0] = {paths!r}
began = process_time()
{imports}
print(process_time() - began)
"""


def section() -> Section:
    """Packs both apps as they would be deployed, and starts them by turns."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sizes = {"bare": _unpacked(_bare_zip(home), home / "bare"), "own": _unpacked(_own_zip(), home / "own")}
        programs = {
            BARE: _program(home / "bare", f"import app; {_CLIENT}"),
            "app.py, without any client": _program(home / "own", "import app"),
            JUDGED: _program(home / "own", f"import app; {_OWN_CLIENT}"),
            "app.py and what POST /v1/events needs, with its client": _program(home / "own", f"{_routes('/v1/events')}; {_OWN_CLIENT}"),
            "app.py and what a push of WeChat needs, with its client": _program(home / "own", f"{_routes('/wechat/')}; {_OWN_CLIENT}"),
            "app.py and what all routes need, with its client": _program(home / "own", f"{_routes('/')}; {_OWN_CLIENT}"),
            "app.py and the ID-merge lambda's code, with its client": _program(
                home / "own", f"import app; import chalicelib.entrypoints.merge; {_OWN_CLIENT}"
            ),
        }
        spent = _started(programs)
    rows = [(name, f"{median(each):.0f}", *_compared(each, spent[BARE], name == JUDGED)) for name, each in spent.items()]
    bare, own = sizes["bare"] / BYTES_PER_MB, sizes["own"] / BYTES_PER_MB
    note = (
        f"Imports in a fresh interpreter with bytecode, CPU time, medians of {STARTS} starts by turns. "
        f"The zip has {own:.2f} MB ({judged(own, SIZE_AIM_MB)}), that of a bare Chalice app {bare:.2f} MB."
    )
    return Section("Cold start", ("", "CPU ms", "ratio", "aim"), tuple(rows), note)


def _program(code: Path, imports: str) -> str:
    return _PROGRAM.format(paths=[str(code), str(code.parent / "runtime")], imports=imports)


def _routes(beginning: str) -> str:
    """Imports what the routes need whose paths begin so."""
    return f"import app; [route.found() for route in app.ROUTES if route.path.startswith({beginning!r})]"


def _compared(spent: Sequence[float], floor: Sequence[float], judge: bool) -> tuple[str, str]:
    """The median of the ratios, turn by turn: the machine's speed changes between turns more than within one."""
    ratio = median(one / other for one, other in zip(spent, floor, strict=True))
    return f"{ratio:.2f}", judged(ratio, IMPORT_AIM) if judge else ""


def _started(programs: Mapping[str, str]) -> dict[str, list[float]]:
    """CPU ms of each program: one start to write bytecode, which is not counted, then by turns."""
    found: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(STARTS + 1):
        for name, program in programs.items():
            found[name].append(_start(program))
    return {name: each[1:] for name, each in found.items()}


def _start(program: str) -> float:
    # -I -S: neither this project nor its tools can be found, only what the zip and the runtime bring.
    command = [sys.executable, "-I", "-S", "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=REGION)
    return float(result.stdout.strip().splitlines()[-1]) * MS_PER_SECOND


def _unpacked(code: bytes, folder: Path) -> int:
    """Unpacks a zip beside the libraries of the runtime; returns its size in bytes."""
    with zipfile.ZipFile(io.BytesIO(code)) as found:
        found.extractall(folder)
    runtime = folder.parent / "runtime"
    if not runtime.exists():
        runtime.mkdir()
        for name in RUNTIME:
            (runtime / name).symlink_to(Path(sysconfig.get_paths()["purelib"], name))
    return len(code)


def _own_zip() -> bytes:
    with emulator(LOCAL / "bench") as running:
        stage = stage_at(running.endpoint, "local", running.environment(), ACCOUNT)
        return packed(stage, stage.deploy_data(), {})[0]


def _bare_zip(home: Path) -> bytes:
    project = home / "project"
    (project / ".chalice").mkdir(parents=True)
    config: dict[str, Any] = {"version": "2.0", "app_name": "bare", "stages": {"dev": {}}}
    (project / ".chalice" / "config.json").write_text(json.dumps(config), "utf-8")
    (project / "app.py").write_text(BARE_APP, "utf-8")
    (project / "requirements.txt").write_text("", "utf-8")
    program = str(Path(sys.executable).with_name("chalice"))
    command = [program, "--project-dir", str(project), "package", str(home / "package")]
    subprocess.run(command, env=REGION, capture_output=True, check=True)
    return (home / "package" / "deployment.zip").read_bytes()
