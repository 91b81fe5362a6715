"""OneRoster CSV bundles: zip, folder or single file, bulk or delta, as parts of the streams they belong to."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from connectors import Page, Part
from connectors.date_order import ORDERS, written
from connectors.errors import ConfigError
from connectors.kit.dateorder import Orders
from connectors.kit.files import Bundle, open_bundle
from connectors.kit.joined import without_headers
from connectors.kit.rows import csv_pages
from connectors.oneroster.layout import OBJECTIVES, STREAMS, Manifest, columns, stems
from connectors.oneroster.objectives import Objectives
from connectors.oneroster.settings import OneRosterSettings

_decode = msgspec.json.Decoder(list[str]).decode


def files(path: Path, settings: OneRosterSettings) -> Iterable[Part]:
    """The parts of a bundle, in the order they refer to one another. The pages are read as they are taken.

    A part is complete where the manifest says `bulk`. What there is to say of the bundle as a whole (files missing,
    out of scope, unknown) is in the notes of the first page. ConfigError where there is nothing to read.
    """
    with open_bundle(path) as bundle:
        present, unknown = stems(bundle.names())
        manifest = _manifest(bundle, present)
        readable = [stem for stem in STREAMS if stem in present or OBJECTIVES.get(stem, ("",))[0] in present]
        if not readable:
            raise ConfigError(f"{path.name} holds no file of a OneRoster bundle, such as users.csv")
        notes = manifest.notes(present, unknown)
        orders = Orders(settings.date_order)
        for name in {present[stem] for stem in readable if stem in present}:
            orders.read(name, partial(bundle.open, name), partial(columns, file=name))
        for stem in readable:
            pages = _noted(_pages(bundle, present, stem, orders), notes)
            complete = stem in present and manifest.mode(stem) == "bulk"
            yield Part(stem, present.get(stem, f"{stem}.csv"), pages, complete=complete)
            notes = []


def _manifest(bundle: Bundle, present: dict[str, str]) -> Manifest:
    if "manifest" not in present:
        return Manifest(None)
    properties: dict[str, str] = {}
    for page in _sheet(bundle, present["manifest"]):
        names = page.columns or ()
        if not {"propertyName", "value"} <= set(names):
            raise ConfigError(f"{present['manifest']} has no columns propertyName and value, but {', '.join(names)}")
        for record in page.records:
            row = dict(zip(names, _decode(record), strict=True))
            properties[row["propertyName"]] = row["value"]
    return Manifest(properties)


def _noted(pages: Iterator[Page], notes: list[str]) -> Iterator[Page]:
    for page in pages:
        yield replace(page, notes=[*notes, *page.notes]) if notes else page
        notes = []


def _pages(bundle: Bundle, present: dict[str, str], stem: str, orders: Orders) -> Iterator[Page]:
    """The pages of one stream: users without passwords, line items and results with their objectives."""
    without = "password" if stem == "users" else None
    pages = _ordered(_sheet(bundle, present[stem], without), present[stem], orders) if stem in present else iter(())
    file, parent = OBJECTIVES.get(stem, ("", ""))
    if file in present:
        return _joined(pages, stem, _sheet(bundle, present[file]), present[file], parent)
    return pages


def _ordered(pages: Iterator[Page], name: str, orders: Orders) -> Iterator[Page]:
    """The pages with the order of the file's dates in one more column, if it has dates that need it."""
    of_columns = orders.of(name)
    if not of_columns:
        yield from pages
        return
    notes, order = orders.notes(name), msgspec.json.encode(written(of_columns))
    for page in pages:
        records = [b"%b,%b]" % (record[:-1], order) for record in page.records]
        names = (*(page.columns or ()), ORDERS)
        yield replace(page, columns=names, records=records, notes=[*notes, *page.notes])
        notes = []


def _sheet(bundle: Bundle, name: str, without: str | None = None) -> Iterator[Page]:
    """A file's pages, without the rows that are blank from end to end: spreadsheets leave such below a table."""
    with bundle.open(name) as opened:
        for page in _once(csv_pages(opened, name, without=without, short_rows=True)):
            names = columns(page.columns or (), name)
            blank = msgspec.json.encode([""] * len(names))
            if blank in page.records:
                filled = [index for index, record in enumerate(page.records) if record != blank]
                lines = [page.lines[index] for index in filled]
                page = replace(page, records=[page.records[index] for index in filled], lines=lines)  # noqa: PLW2901
            yield replace(page, columns=names)


def _once(pages: Iterator[Page]) -> Iterator[Page]:
    """Pages without a header that comes again: files of several schools put one after another."""
    first = next(pages, None)
    if first is not None:
        yield from without_headers(chain([first], pages), first.columns or ())


def _joined(pages: Iterator[Page], stem: str, rows: Iterator[Page], name: str, parent: str) -> Iterator[Page]:
    with closing(Objectives(stem, name, parent)) as objectives:
        objective_page = objectives.read(rows)
        for page in pages:
            yield objectives.join(page)
        orphans = objectives.orphans()
        if objective_page.rejects or objective_page.notes or orphans:
            yield replace(objective_page, rejects=[*objective_page.rejects, *orphans])
