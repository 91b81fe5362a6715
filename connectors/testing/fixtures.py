"""The fixtures of connectors, sliced and mapped as the pipeline does it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from connectors import Connector, Page, Stream, discover, folder_of
from connectors.fields import Fields
from connectors.kit import csv_pages, records


@dataclass(frozen=True, slots=True)
class Fixture:
    """A folder `fixtures/STREAM` or `fixtures/STREAM.VARIANT`: what a source answers, and what is expected of it.

    `page.json`, `page.csv` or `page.txt` is one answer. Where the connector puts records together from several answers,
    `pulled.json` lists them as it hands them over.
    """

    connector: Connector
    stream: Stream
    folder: Path

    def __str__(self) -> str:
        return f"{self.connector.name}-{self.folder.name}"

    @property
    def expected(self) -> Path:
        """The file of the records that are expected."""
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
class Mapped:
    """What a fixture's records say in plain values, the fields nobody took, those asked for, and those there were."""

    records: list[Any]
    leftovers: dict[str, Any]
    read: set[str]
    present: set[str]


class Noting(dict[str, Any]):
    """A raw record that notes which of its fields a mapping asks for."""

    def __init__(self, raw: dict[str, Any], read: set[str]) -> None:
        super().__init__(raw)
        self._read = read

    def pop(self, name: str, *default: Any) -> Any:
        """Take a field, and note that it was asked for."""
        self._read.add(name)
        return super().pop(name, *default)


def fixtures(names: Collection[str] = ()) -> Iterator[Fixture]:
    """Every fixture of these connectors; of all where none is named."""
    for connector in discover().values():
        streams = {stream.name: stream for stream in connector.streams}
        for folder in sorted((folder_of(connector.name) / "fixtures").glob("*/")):
            if _files(folder) and (not names or connector.name in names):
                yield Fixture(connector, streams[folder.name.partition(".")[0]], folder)


def mapped(stream: Stream, pages: list[Page]) -> Mapped:
    """Map pages as the pipeline does."""
    outcome = Mapped([], {}, set(), set())
    for page in pages:
        for body in page.records:
            raw = msgspec.json.decode(body)
            raw = dict(zip(page.columns, raw, strict=True)) if page.columns else raw
            outcome.present.update(name for name, value in raw.items() if value not in (None, "", [], {}))
            fields = Fields(Noting(raw, outcome.read), row=page.columns is not None)
            outcome.records.extend(msgspec.json.decode(msgspec.json.encode(record)) for record in stream.map(fields))
            outcome.leftovers.update((name, value) for name, value in fields.left() if name not in stream.ignore)
    return outcome


def _files(folder: Path) -> list[Path]:
    """Where a fixture's records are; nowhere in a folder that is a connector's own."""
    named = [folder / name for name in ("pulled.json", "page.json", "page.csv", "page.txt")]
    return [path for path in named if path.exists()]


def _list_in(file: Path) -> str | None:
    """The name of the list a page holds; None where it is the list itself."""
    page = msgspec.json.decode(file.read_bytes())
    if isinstance(page, list):
        return None
    lists = [name for name, value in page.items() if isinstance(value, list)]
    assert len(lists) == 1, f"{file} must hold one list of records, and holds {lists}"
    return str(lists[0])
