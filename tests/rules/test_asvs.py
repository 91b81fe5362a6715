"""OWASP's verification standard, level 1: each requirement is answered once, and what an answer names is there."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security/asvs.md").read_text()
ROWS = re.findall(r"^\| (V[\d.]+) \| .*? \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)
ANSWERS = {"met", "met, with reasons", "partly", "open", "not applicable", "with the proxy"}


def test_each_requirement_is_answered_once(shared: Path) -> None:
    requirements = json.loads((shared / "data/security/asvs-5.0.0.flat.json").read_text())["requirements"]
    assert [name for name, *_ in ROWS] == [
        requirement["req_id"] for requirement in requirements if requirement["L"] == "1"
    ]


def test_what_an_answer_names_is_there() -> None:
    for name, answer, how in ROWS:
        assert answer in ANSWERS, name
        assert how, name
        for path in re.findall(r"`((?:app|tests|schemas|connectors|openapi)/[\w./]+?)(?::\w+)?`", how):
            assert (ROOT / path).exists(), (name, path)


def test_what_is_open_is_named_below_the_table() -> None:
    below = PAGE.rpartition("|\n")[2]
    for name, answer, _ in ROWS:
        assert (name in below) is (answer in ("partly", "open")), name
