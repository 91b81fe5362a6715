"""The tables of connectors and their streams: what they declare, their fixtures say and their servers were asked.

`python -m connectors.testing.table MODULE:WORLDS` writes them; `WORLDS` are the servers by connector, each made with so
many classes (`connectors.testing.measuring.Sized`). Those of the connectors here are `tests.support.worlds:SIZED`.
"""

import asyncio
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors import Absence, Connector, Stream, discover
from connectors.testing.fixtures import fixtures, mapped
from connectors.testing.measuring import Measured, Sized, measured

DOCS = Path(__file__).parents[2] / "docs/connectors.md"
BEGINS, ENDS = "<!-- streams: begin -->", "<!-- streams: end -->"
MANY = 20  # streams that are counted and not listed: layouts of files
Costs = Mapping[str, Mapping[str, Measured]]
"""What was measured, by connector and stream."""
Records = list[dict[str, Any]]

_EXAMPLES: dict[str, dict[str, Any]] = {
    "edfi": {
        "base_url": "https://ods.example.org",
        "client_id": "x",
        "client_secret": "x",
        "resources": tuple(stream.name for stream in discover()["edfi"].streams),
    },
    "oneroster": {
        "base_url": "https://sis.example.org",
        "auth": "bearer",
        "token": "x",
        "collections": (
            *("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"),
            *("lineItems", "results", "assessmentLineItems", "assessmentResults"),
        ),
    },
    "google_classroom": {"client_id": "x", "client_secret": "x", "refresh_token": "x", "guardians": True},
}
"""Settings with which a connector reads all it can."""

SAYS = ("connector", "stream", "comes by", "says", "identified by", "people's identifiers", "no older one overwrites")
UPKEEP = ("connector", "stream", "between full listings", "deletes", "absence means", "full", "idle", "rights", "needs")


class Way(StrEnum):
    """How a stream's records come."""

    PULLED = "pulled"
    FILE = "file"
    PUSHED = "pushed"


def tables(costs: Costs) -> str:
    """Both tables in Markdown, one row a stream: what is read, and how it is kept up."""
    proofs = _proofs()
    every = [(connector, stream, proofs.get((name, stream.name), [])) for name, connector, stream in _streams()]
    says = [_says(connector, stream, records) for connector, stream, records in every]
    upkeep = [
        _upkeep(connector, stream, records, costs[connector.name][stream.name])
        for connector, stream, records in every
        if stream.pull is not None
    ]
    layouts = len(discover()["assessment_file"].streams)
    says.insert(0, ("assessment_file", f"{layouts} layouts, one a stream", "file", "", "the layout's `key`", "", ""))
    return f"### What is read\n\n{_table(SAYS, says)}\n\n### How it is kept up\n\n{_table(UPKEEP, upkeep)}"


def _streams() -> Iterator[tuple[str, Connector, Stream]]:
    for name, connector in sorted(discover().items()):
        streams = connector.streams_for(connector.settings.model_validate(_EXAMPLES[name])) if name in _EXAMPLES else ()
        streams = streams or connector.streams
        if connector.file is None or len(streams) <= MANY:
            yield from ((name, connector, stream) for stream in streams)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _says(connector: Connector, stream: Stream, records: Records) -> tuple[str, ...]:
    identifiers = {each["type"] for record in records for each in record.get("identifiers", ())}
    return (
        connector.name,
        stream.name,
        _way(connector, stream),
        ", ".join(sorted({record["kind"] for record in records} - {"gone"})),
        " + ".join(f"`{field}`" for field in stream.key),
        ", ".join(sorted(identifiers)),
        f"`{stream.version}`" if stream.version else "",
    )


def _upkeep(connector: Connector, stream: Stream, records: Records, cost: Measured) -> tuple[str, ...]:
    between = "everything again" if cost.everything else "nothing" if stream.whole_only else "what has changed"
    deletes = [
        *(["told: taken back"] if any(each["kind"] == "gone" or each.get("withdrawn") for each in records) else []),
        *(["told: over"] if any(each.get("ended") for each in records) else []),
        *(["by absence"] if stream.complete else []),
    ]
    return (
        connector.name,
        stream.name,
        between,
        ", ".join(deletes),
        _absence(stream),
        str(cost.full),
        str(cost.idle),
        ", ".join(stream.rights),
        ", ".join(stream.needs),
    )


def _proofs() -> dict[tuple[str, str], Records]:
    """What all fixtures say, by connector and stream; those of layouts of files are not mapped."""
    records: dict[tuple[str, str], Records] = {}
    for fixture in fixtures([name for name, each in discover().items() if len(each.streams) <= MANY or not each.file]):
        records_of = mapped(fixture.stream, fixture.pages()).records
        records.setdefault((fixture.connector.name, fixture.stream.name), []).extend(records_of)
    return records


def _way(connector: Connector, stream: Stream) -> str:
    written = stream.pushed and stream.pull is None
    ways = {Way.PULLED: stream.pull is not None, Way.FILE: connector.file is not None and not written}
    ways[Way.PUSHED] = connector.client is None or stream.pushed
    return ", ".join(way for way, comes in ways.items() if comes)


def _absence(stream: Stream) -> str:
    if isinstance(stream.absence, Absence):
        return stream.absence.value.removeprefix("says ")
    return ", ".join(f"{kind}: {absence.value}" for kind, absence in stream.absence.items())


def written(text: str, costs: Costs) -> str:
    """A document with the tables as they are now."""
    before, _, rest = text.partition(BEGINS)
    return f"{before}{BEGINS}\n{tables(costs)}\n{ENDS}{rest.partition(ENDS)[2]}"


async def measured_costs(worlds: Mapping[str, Sized]) -> Costs:
    """What syncs of these sources cost."""
    return {name: await measured(make) for name, make in worlds.items()}


if __name__ == "__main__":
    DOCS.write_text(
        written(DOCS.read_text("utf-8"), asyncio.run(measured_costs(pkgutil.resolve_name(sys.argv[1])))), "utf-8"
    )
