"""Commands that the documentation names in a sentence are ones, with options that they take.

Blocks of commands are run (tests/operations/test_page_commands.py); this parses what stands between backticks.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from app.cli import commands

ROOT = Path(__file__).parents[2]
SPAN = re.compile(r"`(tessera [^`]+)`")
OTHERS_WORDS = re.compile(r"does not exist|'?[A-Z]{3,}…?'?|unable to parse")
"""What is refused of a placeholder (SLUG, NUMBER…) or of a file that a reader has."""


def named() -> Iterator[tuple[str, str]]:
    pages = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "connectors").glob("*/README.md"),
    ]
    for page in sorted(pages):
        for span in SPAN.finditer(page.read_text("utf-8")):
            yield page.relative_to(ROOT).as_posix(), " ".join(span[1].split())


def complaint(line: str) -> str | None:
    """What is wrong with a command; None where it is one, or only names one without what it needs."""
    command: Any = get_command(commands)
    words = [word for word in shlex.split(line)[1:] if word != "…"]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return f"there is no command {name}"
        command = command.commands[name]
    if hasattr(command, "commands"):
        return None
    try:
        command.make_context("tessera", words)
    except Exception as why:  # noqa: BLE001  typer has its own copy of click, whose errors have no public names
        missing = type(why).__name__ == "MissingParameter"
        return None if missing or OTHERS_WORDS.search(str(why)) else str(why)
    return None


def test_every_command_that_a_sentence_names_is_one() -> None:
    spans = list(named())
    assert len(spans) > 100
    assert [(page, line, why) for page, line in spans if (why := complaint(line))] == []


def test_a_command_that_is_none_is_found() -> None:
    assert complaint("tessera replay sis") is not None
    assert complaint("tessera source schedule sis --at 02:30 --nightly") is not None
    assert complaint("tessera sources list") == "there is no command sources"
