"""What a person has to change of a draft until it says of its file what the shipped layout says: ten lines at the most.

The drafts are made without any layout of the vendor's, nor of another one's. What no file tells is left out of account:
the layout's own title, its vendor and years, and which columns it is recognized by.
"""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from connectors.assessment_file import shipped
from connectors.assessment_file.header import match
from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.looking import drafted
from connectors.assessment_file.mapping import mapping
from connectors.fields import Fields

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "connectors/assessment_file/fixtures"
EDITS = ROOT / "tests/support/samples/draft_edits"
NAMES = sorted(edit.stem for edit in EDITS.glob("*.diff"))
MOST = 10
LONG = 120
"""A longer line counts for as many as it would be."""


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_becomes_the_shipped_layout_by_ten_lines_at_the_most(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.csv"
    shutil.copy(FIXTURES / name / "page.csv", file)
    hunks = hunks_of((EDITS / f"{name}.diff").read_text("utf-8"))
    text = drafted(file)
    for hunk in hunks:
        before, after = side(hunk, "-"), side(hunk, "+")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    layout, known = parse(text), shipped()[name]
    assert said_of(layout, file) == said_of(known, file)
    for column in header_of(file):
        assert (column in layout.ignored) == (column in known.ignored), column
    count = sum(map(edited, hunks))
    assert count <= MOST
    assert f"| `{name}` | {known.vendor} | {count} |" in (ROOT / "docs/layouts.md").read_text("utf-8")


def test_the_drafts_are_of_ten_vendors() -> None:
    assert len({shipped()[name].vendor for name in NAMES}) == len(NAMES) == 10


def hunks_of(diff: str) -> list[list[str]]:
    """The lines of each hunk of a unified diff."""
    return [hunk.split("\n", 1)[1].splitlines() for hunk in f"\n{diff}".split("\n@@")[1:]]


def side(hunk: list[str], sign: str) -> str:
    """The lines of one side of a hunk, with those around them."""
    return "".join(f"{line[1:]}\n" for line in hunk if line[0] in (" ", sign))


def edited(hunk: list[str]) -> int:
    """How many lines a hunk edits: a changed line is one; blank ones are none."""
    lines = {
        sign: sum(1 + len(line) // LONG for line in hunk if line[0] == sign and line[1:].strip()) for sign in ("-", "+")
    }
    return max(lines.values())


def header_of(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return next(csv.reader(opened))


def said_of(layout: Layout, file: Path) -> list[Counter[str]]:
    """The records of each row. Only what tells a row's results apart in their keys is the writer's own choice."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header, *rows = csv.reader(opened)
    say, columns = mapping(layout), match(header, layout).columns
    assert not match(header, layout).missing
    return [
        Counter(
            json.dumps({name: own(name, value) for name, value in msgspec.to_builtins(record).items()}, sort_keys=True)
            for record in say(Fields({c: cell for c, cell in zip(columns, row, strict=True) if cell.strip()}, row=True))
        )
        for row in rows
    ]


def own(name: str, value: object) -> object:
    return value.partition("#")[0] if name in ("key", "line_item") and isinstance(value, str) else value
