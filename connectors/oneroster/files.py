"""OneRoster CSV bundles: zip, folder or single file, bulk or delta, as parts of the streams they belong to."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from connectors import Page, Part
from connectors.errors import ConfigError
from connectors.kit.files import Bundle, open_bundle
from connectors.kit.rows import csv_pages
from connectors.oneroster.layout import OBJECTIVES, STREAMS, Manifest, columns, stems
from connectors.oneroster.objectives import Objectives

_decode = msgspec.json.Decoder(list[str]).decode


def files(path: Path, _settings: Any) -> Iterable[Part]:
    """The parts of a bundle, in the order they refer to one another. The pages are read as they are taken.

    A part is complete where the manifest says `bulk`. What there is to say of the bundle as a whole (files missing,
    out of scope, unknown) is in the notes of the first page. ConfigError where there is nothing to read.
    """
    with open_bundle(path) as bundle:
        present, unknown = stems(bundle.names())
        manifest = _manifest(bundle, present)
        wanted = [stem for stem in STREAMS if stem in present or OBJECTIVES.get(stem, ("",))[0] in present]
        if not wanted:
            raise ConfigError(f"{path.name} holds no file of a OneRoster bundle, such as users.csv")
        notes = manifest.notes(present, unknown)
        for stem in wanted:
            pages = _noted(_pages(bundle, present, stem), notes)
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


def _pages(bundle: Bundle, present: dict[str, str], stem: str) -> Iterator[Page]:
    """The pages of one stream: users without passwords, line items and results with their objectives."""
    without = "password" if stem == "users" else None
    pages = _sheet(bundle, present[stem], without) if stem in present else iter(())
    file, parent = OBJECTIVES.get(stem, ("", ""))
    if file in present:
        return _joined(pages, stem, _sheet(bundle, present[file]), present[file], parent)
    return pages


def _sheet(bundle: Bundle, name: str, without: str | None = None) -> Iterator[Page]:
    with bundle.open(name) as opened:
        for page in csv_pages(opened, name, without=without):
            yield replace(page, columns=columns(page.columns or (), name))


def _joined(pages: Iterator[Page], stem: str, rows: Iterator[Page], name: str, parent: str) -> Iterator[Page]:
    with closing(Objectives(stem, name, parent)) as objectives:
        said = objectives.read(rows)
        for page in pages:
            yield objectives.join(page)
        orphans = objectives.orphans()
        if said.rejects or said.notes or orphans:
            yield replace(said, rejects=[*said.rejects, *orphans])
