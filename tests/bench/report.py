"""The measurements as tables in Markdown, with the machine that they were taken on."""

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.paths import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- measured: begin (make bench writes what stands between these lines) -->"
END: Final = "<!-- measured: end -->"
_CPU_MODEL: Final = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its title, and what one has to know to read it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """The section as text; every column but the first is numbers."""
        lines = [self.columns, ("---", *["---:"] * (len(self.columns) - 1)), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join(filter(None, (f"### {self.title}", table, self.note)))


def judged(value: float, aim: float) -> str:
    """The aim, and whether it is met."""
    return f"≤ {aim:g}: {'met' if value <= aim else '**missed**'}"


def machine() -> str:
    """What it ran on: processor, cores, Python."""
    cpuinfo = Path("/proc/cpuinfo")
    found = _CPU_MODEL.search(cpuinfo.read_text("utf-8")) if cpuinfo.exists() else None
    model = found[1] if found else platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {platform.system()}."


def page(sections: Iterable[Section]) -> str:
    """Everything that was measured."""
    return "\n\n".join([f"Measured on: {machine()}", *(section.markdown() for section in sections)])


def write(text: str, path: Path = PAGE) -> None:
    """Puts the measurements between the marks of the page. Raises ValueError when it has none."""
    whole = path.read_text("utf-8")
    head, begin, rest = whole.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path.name} has no marks to write between")
    path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", "utf-8")
