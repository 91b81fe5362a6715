"""The JSON Schema of layouts, and the table of them in the docs, are what the layouts are."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.layout_files import texts
from connectors.assessment_file.table import DOCS, SCHEMA, schema_text, written

README = Path(__file__).parents[2] / "connectors/assessment_file/README.md"
VALIDATOR = Draft202012Validator(json.loads(schema_text()))

SMALL: dict[str, Any] = {
    "name": "rc",
    "title": "Reading check",
    "key": ["Date"],
    "signature": ["Words"],
    "person": {"identifiers": [{"type": "district", "column": "Student ID"}]},
    "item": {"title": {"fixed": "Reading check"}},
    "results": [{"score": "Words"}],
}


def test_the_shipped_schema_and_the_docs_table_are_what_the_layouts_are() -> None:
    again = "make them anew: python -m connectors.assessment_file.table"
    assert SCHEMA.read_text("utf-8") == schema_text(), again
    assert DOCS.read_text("utf-8") == written(DOCS.read_text("utf-8")), again


@pytest.mark.parametrize("name", sorted(name for name in texts() if name != "_usual"))
def test_every_shipped_layout_is_as_the_schema_says(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(texts()[name]))] == []


def test_the_layout_of_the_readme_is_as_the_schema_says() -> None:
    [text, *_] = [part.split("```")[0] for part in README.read_text("utf-8").split("```toml\n")[1:]]
    VALIDATOR.validate(tomllib.loads(text))
    parse(text)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": ["Date"]},
        {"key": "Date"},
        {"key": []},
        {"name": "Reading Check"},
        {"results": {"score": "Words"}},
        {"results": [{"scores": "Words"}]},
        {"person": {"identifiers": [{"type": "student", "column": "Student ID"}]}},
        {"item": {"title": {"fix": "Reading check"}}},
        {"positions": {"Date": [1]}},
        {"header": 0},
        {"skip": {"column": "Kind", "is": "Total"}},
    ],
)
def test_what_an_editor_marks_is_refused_when_it_is_saved(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(SMALL | change)
    with pytest.raises(ValidationError):
        Layout.model_validate(SMALL | change)
