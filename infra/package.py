"""Makes the project that Chalice packs: the code, one stage's configuration, and the libraries that the Lambda runtime lacks.

    .local/build/STAGE/    app.py, chalicelib/, vendor/, .chalice/{config.json, policies/}

A copy, so that bytecode and editors' files of the working tree stay out of the zip. The libraries are installed without following
dependencies (pynamodb would bring botocore), stripped of what no lambda imports, and compiled: a lambda's folder is read-only, so
without bytecode in the zip every cold start would compile all of it again (0.4 s of CPU).
"""

import compileall
import hashlib
import json
import py_compile
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

from infra.paths import LOCAL, ROOT

REQUIREMENTS: Final = (ROOT / "requirements.txt", ROOT / "requirements-vendor.txt")

# Parts of the libraries that nothing here imports, 60 % of their size.
_UNUSED: Final = (
    "*.dist-info", "bin", "**/*.pyi", "**/*.c", "wrapt-stubs", "pydantic/v1", "pydantic/mypy.py", "aws_lambda_powertools/event_handler",
    *(f"aws_lambda_powertools/utilities/{name}" for name in (
        "auth_alpha", "batch", "circuit_breaker", "data_classes", "data_masking", "feature_flags", "idempotency", "kafka", "metadata",
        "parameters", "parser", "streaming", "validation",
    )),
    # of requests' own needs: addresses outside of ASCII, programs, tests
    "idna/uts46data.py", "idna/cli.py", "charset_normalizer/cli", "certifi/tests",
    "charset_normalizer/*.so", "*__mypyc*.so",  # guesses encodings faster; nothing here asks it to guess
    # of Liquid what chalicelib/messages/liquid.py puts stand-ins for, and what nobody asks for
    "liquid/extra", "liquid/messages.py",
    # of pycryptodome only AES in CBC mode is wanted
    *(f"Crypto/{name}" for name in (
        "SelfTest", "Hash", "IO", "Math", "Protocol", "PublicKey", "Signature", "Cipher/[!_A]*", "Cipher/A[!E]*", "Cipher/_[A-Z]*",
        "Cipher/_[cp]*", "Cipher/_mode_[!c]*", "Cipher/_mode_c[!b]*", "Cipher/_raw_[!ac]*", "Cipher/_raw_a[!e]*", "Cipher/_raw_c[!b]*",
        "Util/[!_]*", "Util/_[!_frc]*",
    )),
)  # fmt: skip
_UNCOMPILED: Final = re.compile(r"/(aws_xray_sdk|wrapt)/")  # imported only when tracing is on: not worth 0.2 MB
_LAMBDA_PLATFORM: Final = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11", "--only-binary", ":all:")


class InstallFailed(Exception):
    """pip could not get the lambdas' libraries."""


# What `chalice deploy` made, by stage. It belongs to the repository: a fresh clone has to find the same API again.
DEPLOYED: Final = ROOT / ".chalice" / "deployed"


def build(stage: str, environment: Mapping[str, str], names: Mapping[str, str], deployed: Path = DEPLOYED) -> Path:
    """Makes the project folder of a stage and returns it. `environment` goes to the lambdas; `names` fill the policies' placeholders;
    Chalice keeps in `deployed` what it made.
    """
    folder = LOCAL / "build" / stage
    _copy_code(folder)
    _link(folder / "vendor", vendor(native=stage == "local"))
    _write_configuration(folder, stage, environment, names)
    deployed.mkdir(parents=True, exist_ok=True)
    _link(folder / ".chalice" / "deployed", deployed)
    return folder


def vendor(native: bool) -> Path:
    """The folder with the lambdas' libraries, made once per set of pins. `native`: for this machine rather than for Lambda's."""
    pins = b"".join(path.read_bytes() for path in (*REQUIREMENTS, Path(__file__)))
    folder = LOCAL / f"vendor-{'native' if native else 'lambda'}-{hashlib.sha256(pins).hexdigest()[:12]}"
    if not folder.exists():
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        _install(making, native)
        _strip(making)
        _compile(making)
        for old in LOCAL.glob(f"{folder.name.rpartition('-')[0]}-*"):
            if old != making:
                shutil.rmtree(old)
        making.rename(folder)
    return folder


def _install(folder: Path, native: bool) -> None:
    files = [part for path in REQUIREMENTS for part in ("-r", str(path))]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check"]
    command += ["--target", str(folder), *(() if native else _LAMBDA_PLATFORM), *files]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise InstallFailed(f"pip could not get the lambdas' libraries; is there a network?\n{result.stderr.strip()[-600:]}")


def _strip(folder: Path) -> None:
    for path in [found for pattern in _UNUSED for found in folder.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _compile(folder: Path) -> None:
    # Unchecked: the zip does not keep times to the second, and in a lambda no source changes.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, rx=_UNCOMPILED, invalidation_mode=mode, stripdir=str(folder))


def _copy_code(folder: Path) -> None:
    shutil.rmtree(folder / "chalicelib", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy2(ROOT / "app.py", folder / "app.py")
    _compile(folder / "chalicelib")
    (folder / "requirements.txt").write_text("# everything is in vendor/\n", "utf-8")


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)


def _write_configuration(folder: Path, stage: str, environment: Mapping[str, str], names: Mapping[str, str]) -> None:
    target = folder / ".chalice"
    (target / "policies").mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    config["stages"][stage]["environment_variables"] |= dict(environment)
    (target / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    for function in config["lambda_functions"]:
        template = Template((ROOT / ".chalice" / "policies" / f"{function}.json").read_text("utf-8"))
        own = f"{config['app_name']}-{stage}" + ("" if function == "api_handler" else f"-{function}")
        (target / "policies" / f"{function}.json").write_text(template.substitute(names, function=own), "utf-8")
