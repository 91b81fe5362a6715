"""What the contract tests and the golden files share: the fixtures of every connector, sliced and mapped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

import connectors
from connectors import Connector, Page, Stream, discover
from connectors.fields import Fields
from connectors.kit import csv_pages, records

FOLDER = Path(connectors.__path__[0])


@dataclass(frozen=True, slots=True)
class Fixture:
    """A folder `fixtures/STREAM` or `fixtures/STREAM.VARIANT`: what a source answers, and what is expected of it.

    `page.json` or `page.csv` is one answer. Where the connector puts records together from several answers,
    `pulled.json` lists them as it hands them over.
    """

    connector: Connector
    stream: Stream
    folder: Path

    def __str__(self) -> str:
        return f"{self.connector.name}-{self.folder.name}"

    @property
    def expected(self) -> Path:
        return self.folder / "expected.json"

    def pages(self) -> list[Page]:
        """The fixture's pages, as the connector would hand them over."""
        file = _files(self.folder)[0]
        if file.suffix == ".json":
            return [Page(records(file.read_bytes(), _list_in(file)))]
        if self.connector.file is None:
            with file.open("rb") as opened:
                return list(csv_pages(opened, file.name))
        parts = self.connector.file(file, self.connector.settings())
        return [page for part in parts if part.stream == self.stream.name for page in part.pages]


@dataclass(frozen=True, slots=True)
class Said:
    """What a fixture's records say in plain values, and the fields nobody took."""

    records: list[Any]
    leftovers: dict[str, Any]


def fixtures() -> Iterator[Fixture]:
    """Every fixture of every connector."""
    for connector in discover().values():
        streams = {stream.name: stream for stream in connector.streams}
        for folder in sorted((FOLDER / connector.name / "fixtures").glob("*/")):
            if _files(folder):
                yield Fixture(connector, streams[folder.name.partition(".")[0]], folder)


def said(stream: Stream, pages: list[Page]) -> Said:
    """Map pages as the pipeline does."""
    found = Said([], {})
    for page in pages:
        for body in page.records:
            raw = msgspec.json.decode(body)
            fields = Fields(dict(zip(page.columns, raw, strict=True)) if page.columns else raw)
            found.records.extend(msgspec.json.decode(msgspec.json.encode(record)) for record in stream.map(fields))
            found.leftovers.update((name, value) for name, value in fields.left() if name not in stream.ignore)
    return found


def _files(folder: Path) -> list[Path]:
    """Where a fixture's records are; nowhere in a folder that is a connector's own."""
    named = [folder / name for name in ("pulled.json", "page.json", "page.csv")]
    return [path for path in named if path.exists()]


def _list_in(file: Path) -> str | None:
    """The name of the list a page holds; None where it is the list itself."""
    page = msgspec.json.decode(file.read_bytes())
    if isinstance(page, list):
        return None
    lists = [name for name, value in page.items() if isinstance(value, list)]
    assert len(lists) == 1, f"{file} must hold one list of records, and holds {lists}"
    return str(lists[0])
