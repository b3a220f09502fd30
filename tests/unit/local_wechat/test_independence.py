"""The local WeChat shares nothing with the product but what the platform fixes, so that the two can disagree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import infra.local_wechat

SHARED = {f"chalicelib.wechat.{name}" for name in ("cipher", "refused", "signature", "xmltext")}  # the cipher raises PushRefused


def imported() -> Iterator[str]:
    folder = Path(infra.local_wechat.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            if isinstance(node, ast.ImportFrom) and node.module == "chalicelib.wechat":
                yield from (f"chalicelib.wechat.{one.name}" for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def test_only_cipher_signature_and_xml_are_shared() -> None:
    assert {name for name in imported() if name.startswith("chalicelib")} <= SHARED


def test_everything_else_is_the_standard_librarys() -> None:
    foreign = {name for name in imported() if name.partition(".")[0] in {"boto3", "chalice", "pydantic", "requests", "wechatpy"}}
    assert foreign == set()
