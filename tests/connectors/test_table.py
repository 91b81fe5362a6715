"""The table of streams in the docs is what the connectors declare."""

from connectors import discover
from connectors.testing.table import DOCS, table, written


def test_the_docs_table_is_what_connectors_declare() -> None:
    text = DOCS.read_text("utf-8")
    assert text == written(text), "make it anew: python -m connectors.testing.table"


def test_every_connector_stands_in_it() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table().splitlines()[2:]]
    assert set(rows) == set(discover())


def test_every_stream_says_how_it_comes() -> None:
    assert [row for row in table().splitlines()[2:] if not row.split(" | ")[2].strip()] == []
