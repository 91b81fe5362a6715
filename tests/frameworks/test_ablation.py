"""No reader of frameworks loses a word: one that is taken out changes the framework, or is told."""

import csv
import io
from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from typing import Any

import msgspec
import pytest

from app.errors import ConfigError
from app.frameworks.case import package as case
from app.frameworks.formats.reading import packages_of
from tests.frameworks.test_formats import ASN, AT, BASE, CANVAS, CTDL, EDFI, MOODLE

NOTHING_SAID = frozenset({"@context", "@type", "type", "lang", "@language"})
"""Keys of JSON-LD and RDF/JSON that say how a value is written."""
SAID_TWICE = frozenset({"ceterms:ctid", "ceasn:isPartOf", "hasChild", "isChildOf"})
"""What other words of the samples say too: a CTID is in its node's address, each of two nodes tells their link."""
OF_OTHER_ROWS = frozenset({"namespace"})
"""The second standard's namespace: the framework's name is told by its content standard."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text or number of a document."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))
    elif value not in (None, ""):
        yield path


def outcome(body: bytes) -> Any:
    """What a file becomes, with all that is told of it."""
    try:
        packages = packages_of(body, BASE)
        return [(made.lost, case.read(made.body, BASE, AT)) for made in packages]
    except ConfigError as why:
        return str(why)


@pytest.mark.parametrize("document", [CTDL, ASN, EDFI], ids=["CTDL-ASN", "ASN", "Ed-Fi"])
def test_ablation_nothing_that_a_document_says_can_go_without_a_change(document: Any) -> None:
    whole, lost = outcome(msgspec.json.encode(document)), []
    for path in leaves(document):
        words = {str(step).rpartition("/")[2] for step in path}
        other = deepcopy(document)
        inner = reduce(lambda value, step: value[step], path[:-1], other)
        del inner[path[-1]]
        if not words & (NOTHING_SAID | SAID_TWICE | OF_OTHER_ROWS) and outcome(msgspec.json.encode(other)) == whole:
            lost.append(path)
    assert lost == []


OF_SHEETS = {
    "workflow_state": "active is what a blank one is",
    "object_type": "outcome is what a blank one is",
    "Description format": "texts are taken without markup, whichever way it was written",
    "Scale configuration": "[] configures nothing",
    "Rule outcome (optional)": "0 is none",
    "Rule config (optional)": "null is none",
    "Exported ID (optional)": "a number of one Moodle's own table",
    "Taxonomy": "one word for all levels of a framework: what an item is called is its type",
    "Smart Level": "the place in the outline, which `Is Child Of` says too",
    "List Enumeration": "the order, which the rows have too",
    "Sequence Number": "the order, which the rows have too",
    "Language": "one language for the framework, which the other row says too",
    "Is Part Of": "the document, which the file is",
    "Last Change Date Time": "an item has changed when it is taken in otherwise than it was",
}
"""Columns of which a blank cell says the same, each with its reason."""
AS_OPENSALT = (
    "Identifier,Full Statement,Human Coding Scheme,Smart Level,List Enumeration,Abbreviated Statement,Concept Keywords,"
    "Notes,Language,Education Level,CF Item Type,License,Is Child Of,Is Part Of,Exact Match Of,Is Related To,"
    "Sequence Number,Precedes,Last Change Date Time,Color\n"
    'a1,Counts,M.1,1,1,Cnt,x;y,note,en,"01,02",Standard,CC,,D,,u:1,1,a2,2026-01-01,red\n'
    "a2,Adds,M.2,2.1,2,Add,z,note2,en,03,Standard,CC,M.1,D,b,,2,,2026-01-01,blue\n"
)


@pytest.mark.parametrize("text", [CANVAS, MOODLE, AS_OPENSALT], ids=["Canvas", "Moodle", "CASE"])
def test_ablation_no_cell_of_a_sheet_can_go_without_a_change(text: str) -> None:
    whole, lost = outcome(text.encode()), []
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows[1:]:
        for index, cell in enumerate(row):
            if cell and rows[0][index] not in OF_SHEETS and "deleted" not in row:
                other = [[*row[:index], "", *row[index + 1 :]] if each is row else each for each in rows]
                written = io.StringIO()
                csv.writer(written).writerows(other)
                if outcome(written.getvalue().encode()) == whole:
                    lost.append((rows[0][index], cell))
    assert lost == []
