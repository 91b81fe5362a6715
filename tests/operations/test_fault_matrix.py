"""The table of faults in the documentation names tests that there are."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "security" / "faults.md"
ROWS = 20


def test_each_row_names_tests_that_there_are() -> None:
    rows = [line for line in TABLE.read_text().splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(rows) == ROWS
    for row in rows:
        names = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert names, row
        for file, test in names:
            tree = ast.parse((ROOT / file).read_text())
            tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert test in tests, f"{file} has no {test}"
