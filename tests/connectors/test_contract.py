"""The suite every connector passes (`connectors.testing.suite`), and what those shipped here are held to besides."""

import re
from pathlib import Path

import pytest

import connectors
from connectors import Connector, discover
from connectors.testing.suite import *  # noqa: F403

FOLDER = Path(connectors.__path__[0])
README = FOLDER.parent / "README.md"
TESTS = FOLDER.parent / "tests" / "connectors"

ANYTHING = ("a property: any record maps, or is refused", r"test_any|_any_|anything_maps|no_record_breaks")
DELETIONS = ("deletions", r"delet|withdraw|absent|complete")
SILVER = (ANYTHING, DELETIONS)
PULLED = (
    ("what changed, or a killed pull gone on with", r"increment|resume|killed|next_sync|second_sync"),
    ("a passing failure", r"retr|throttl|wait|passing"),
)
"""What the tests of a connector must be about, and how their names show it."""


for_each_connector = pytest.mark.parametrize("connector", discover().values(), ids=lambda c: c.name)


@for_each_connector
def test_the_table_in_the_main_readme_tells_the_truth(connector: Connector) -> None:
    row = re.search(rf"^\|.*connectors/{connector.name}\b.*$", README.read_text("utf-8"), re.MULTILINE)
    if row is None:
        assert connector.tier == "bronze", f"add {connector.name} to the table of connectors in {README.name}"
    else:
        assert connector.tier in row[0]


@for_each_connector
def test_the_tier_is_proven(connector: Connector) -> None:
    if connector.tier == "bronze":
        return
    files = list(TESTS.rglob(f"test_{connector.name}*.py"))
    names = " ".join(name for path in files for name in re.findall(r"def (test_\w+)", path.read_text("utf-8")))
    if any(stream.complete for stream in connector.streams):
        names += " complete"  # what a listing no longer has is withdrawn by the pipeline, whose own tests prove it
    proofs = [*SILVER, *(PULLED if connector.client else ())]
    assert [what for what, pattern in proofs if not re.search(pattern, names)] == []
    if connector.tier == "gold":
        assert any(path.stem.endswith("_live") for path in files), "gold is proven against a live server"
