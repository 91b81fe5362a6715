"""The table of connectors and their streams, as they declare it themselves: `python -m connectors.testing.table`."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors import Absence, Connector, Stream, discover

DOCS = Path(__file__).parents[2] / "docs/connectors.md"
BEGINS, ENDS = "<!-- streams: begin -->", "<!-- streams: end -->"
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


class Way(StrEnum):
    """How a stream's records come."""

    PULLED = "pulled"
    FILE = "file"
    PUSHED = "pushed"


def table() -> str:
    """The table in Markdown, one row a stream; layouts of files are counted, not listed."""
    lines = [
        (
            "| connector | stream | comes by | identified by | not overwritten by an older | absence means "
            "| rights | needs |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, connector in sorted(discover().items()):
        lines += _rows(name, connector)
    return "\n".join(lines)


def _rows(name: str, connector: Connector) -> Iterator[str]:
    streams = connector.streams_for(connector.settings.model_validate(_EXAMPLES[name])) if name in _EXAMPLES else ()
    streams = streams or connector.streams
    if connector.file is not None and len(streams) > 20:
        layouts = f"{len(streams)} layouts, one a stream"
        yield f"| {name} | {layouts} | file | the learner, and the layout's `key` |  | nothing |  |  |"
        return
    for stream in streams:
        cells = (
            name,
            stream.name,
            _way(connector, stream),
            " + ".join(f"`{field}`" for field in stream.key),
            f"`{stream.version}`" if stream.version else "",
            _absence(stream),
            ", ".join(stream.rights),
            ", ".join(stream.needs),
        )
        yield f"| {' | '.join(cells)} |"


def _way(connector: Connector, stream: Stream) -> str:
    written = stream.pushed and stream.pull is None
    ways = {Way.PULLED: stream.pull is not None, Way.FILE: connector.file is not None and not written}
    ways[Way.PUSHED] = connector.client is None or stream.pushed
    return ", ".join(way for way, comes in ways.items() if comes)


def _absence(stream: Stream) -> str:
    if isinstance(stream.absence, Absence):
        return stream.absence.value.removeprefix("says ")
    return ", ".join(f"{kind}: {absence.value}" for kind, absence in stream.absence.items())


def written(text: str) -> str:
    """A document with the table as it is now."""
    before, _, rest = text.partition(BEGINS)
    return f"{before}{BEGINS}\n{table()}\n{ENDS}{rest.partition(ENDS)[2]}"


if __name__ == "__main__":
    DOCS.write_text(written(DOCS.read_text("utf-8")), "utf-8")
