"""Read assessment files: find each file's layout by its header, and name its columns as the layout does."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from connectors import Page, Part
from connectors.assessment_file.header import Match, recognize
from connectors.assessment_file.layout import Layout
from connectors.errors import ConfigError
from connectors.kit.files import Bundle, open_bundle
from connectors.kit.rows import csv_pages

SUFFIXES = frozenset({".csv", ".tsv", ".txt"})


def parts(path: Path, layouts: Sequence[Layout]) -> Iterator[Part]:
    """Yield one part for each file in a zip archive, a folder or a single file.

    No row is read before every file is recognized: ConfigError for one that no layout knows, or that is no CSV.
    """
    with open_bundle(path) as bundle:
        matches = {name: _recognized(bundle, name, layouts) for name in bundle.names()}
        if not matches:
            raise ConfigError(f"{path.name} holds no file: it should hold CSV files, as a vendor exports them")
        for name, match in matches.items():
            pages = _pages(bundle, name, match)
            yield Part(stream=match.layout.name, name=f"{name} ({match.why})", pages=pages, distinct=True)


def _recognized(bundle: Bundle, name: str, layouts: Iterable[Layout]) -> Match:
    if PurePath(name).suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{name} is no CSV file: leave it out, or save it as CSV")
    with bundle.open(name) as opened:
        first = next(csv_pages(opened, name, size=1))
    return recognize(first.columns or (), layouts, name)


def _pages(bundle: Bundle, name: str, match: Match) -> Iterator[Page]:
    why = [f"{name}: {match.why}"]
    with bundle.open(name) as opened:
        for page in csv_pages(opened, name):
            yield replace(page, columns=match.columns, notes=[*why, *page.notes])
            why = []
