"""The sample district as a source would hand it over: pages of OneRoster 1.2 JSON, and a bundle of its CSV binding."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from app.sandbox.district import District
from app.sandbox.sis.bundle import FILES
from app.sandbox.sis.collection import ROSTERING
from app.sandbox.sis.roster import Base

PAGE = 5000
STREAMS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
SIS = "https://sis.example.org/ims/oneroster"
BASE = Base(f"{SIS}/rostering/v1p2", f"{SIS}/gradebook/v1p2")


def write_pages(folder: Path, learners: int) -> None:
    """Write the rosters as pages, named `0-orgs-00000.json` and so on, in the order they are to be taken."""
    folder.mkdir()
    district = District(learners)
    collections = {collection.path: collection for collection in ROSTERING}
    for order, stream in enumerate(STREAMS):
        collection = collections[stream]
        rendered = (collection.record(BASE, district, item) for item in collection.items(district))
        for number, rows in enumerate(_pages(rendered)):
            (folder / f"{order}-{stream}-{number:05d}.json").write_bytes(msgspec.json.encode({collection.plural: rows}))


def write_bundle(folder: Path, learners: int) -> None:
    """Write the same rosters as the files of a bundle, with its manifest."""
    folder.mkdir()
    district = District(learners)
    names = (*STREAMS, "roles")
    manifest = [
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.2"),
        *((f"file.{name}", "bulk") for name in names),
    ]
    _write(folder / "manifest.csv", ("propertyName", "value"), iter(manifest))
    for name in names:
        columns, rows = FILES[name]
        _write(folder / f"{name}.csv", columns, iter(rows(district, False)))


def _pages(rows: Iterator[Any]) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(rows)
