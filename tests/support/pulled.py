"""What a stream says of pages pulled from a faked source, mapped as the pipeline maps them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from httpx import AsyncClient
from hypothesis import strategies as st

from connectors import Connector, Page, Stream
from connectors.fields import Fields

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["0001-01-01T00:00:00+10:00", "2026-02-30", "NaN", "\x00", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON value, and some that are known to be trouble."""

CONNECTORS = Path(__file__).parents[2] / "connectors"


def stream_of(connector: Connector, name: str) -> Stream:
    return next(stream for stream in connector.streams if stream.name == name)


def fixture(connector: Connector, stream: str, name: str = "page.json") -> bytes:
    return (CONNECTORS / connector.name / "fixtures" / stream / name).read_bytes()


def expected(connector: Connector, stream: str) -> Any:
    return msgspec.json.decode(fixture(connector, stream, "expected.json"))


async def pages(stream: Stream, http: AsyncClient, cursor: str | None = None) -> list[Page]:
    assert stream.pull is not None
    return [page async for page in stream.pull(http, cursor)]


def raws(of: Sequence[Page]) -> list[dict[str, Any]]:
    """Every raw record of the pages, by field name."""
    records = []
    for page in of:
        for body in page.records:
            decoded = msgspec.json.decode(body)
            records.append(dict(zip(page.columns, decoded, strict=True)) if page.columns else decoded)
    return records


def mapped_pages(stream: Stream, of: Sequence[Page]) -> tuple[list[Any], dict[str, Any]]:
    """The canonical records in plain values, and the fields that neither the mapping nor the stream's scope knows."""
    records, left = [], {}
    for raw in raws(of):
        fields = Fields(raw)
        records.extend(msgspec.json.decode(msgspec.json.encode(record)) for record in stream.map(fields))
        left.update((name, value) for name, value in fields.left() if name not in stream.ignore)
    return records, left
