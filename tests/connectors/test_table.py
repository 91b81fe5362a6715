"""The tables of streams in the docs are what connectors declare, their fixtures say and their servers count."""

import asyncio
from collections.abc import Iterator

import pytest

from connectors import discover
from connectors.testing.measuring import Cost, Measured, measured
from connectors.testing.table import DOCS, Costs, measured_costs, tables, written
from tests.support.worlds import SIZED, lrs

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

Rows = list[list[str]]


@pytest.fixture(scope="module")
def costs() -> Iterator[Costs]:
    with asyncio.Runner() as runner:
        yield runner.run(measured_costs(SIZED))


def rows_of(costs: Costs) -> tuple[Rows, Rows]:
    """The rows of both tables, in cells."""
    says, upkeep = tables(costs).split("### How it is kept up")
    return _rows(says), _rows(upkeep)


def _rows(table: str) -> Rows:
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_docs_tables_are_as_things_are(costs: Costs) -> None:
    text = DOCS.read_text("utf-8")
    assert text == written(text, costs), "make them anew: python -m connectors.testing.table tests.support.worlds:SIZED"


def test_every_connector_stands_in_the_tables_and_no_cell_that_says_how_is_blank(costs: Costs) -> None:
    says, upkeep = rows_of(costs)
    assert {row[0] for row in says} == set(discover())
    assert {row[0] for row in upkeep} == {name for name, each in discover().items() if each.client is not None}
    blank_ways = [row[:2] for row in says if not row[2] or not (row[3] or row[0] == "assessment_file")]
    assert blank_ways in ([], [["oneroster", "categories"], ["oneroster", "scoreScales"]])  # not mapped
    assert [row[:2] for row in upkeep if not all((row[2], row[4], row[5], row[6], row[7]))] == []
    assert [row[:2] for row in upkeep if not row[3]] == []


def test_what_is_read_in_full_listings_alone_asks_for_nothing_in_between(costs: Costs) -> None:
    for name, streams in costs.items():
        whole = {stream.name for stream in discover()[name].streams if stream.whole_only}
        for stream in whole:
            assert streams[stream].idle == Cost(0)
            assert not streams[stream].everything


def test_a_source_that_is_asked_for_more_is_measured_so(costs: Costs) -> None:
    """The table can't lie: a server that pages by twos costs what it costs, and the docs' figure is another."""
    with asyncio.Runner() as runner:
        in_halves = runner.run(measured(lrs))["statements"]
    assert in_halves == Measured(Cost(3), Cost(1), everything=False)
    assert costs["lrs"]["statements"].full == Cost(1)
