"""Timeline: what is dated in a learner's record, newest first. Pure: it reads the record as it is served."""

from collections.abc import Iterator
from typing import Any, NamedTuple

SECTIONS = {"enrollments": "begins", "results": "date", "credentials": "date", "evidence": "date"}
"""The dated sections of a record, and which field dates their entries."""


class Entry(NamedTuple):
    """A dated entry of a record, and its JSON Pointer there."""

    date: str
    path: str
    section: str
    entry: dict[str, Any]


def timeline(record: dict[str, Any], *, setting: str | None = None, section: str | None = None) -> list[Entry]:
    """The dated entries of a record, newest first; only those of a setting or of a section, if one is given."""
    found = [
        entry
        for entry in _entries(record)
        if (setting is None or entry.entry.get("setting") == setting) and (section is None or entry.section == section)
    ]
    return sorted(found, key=lambda entry: entry[:2], reverse=True)


def _entries(record: dict[str, Any]) -> Iterator[Entry]:
    for section, dated_by in SECTIONS.items():
        for at, entry in enumerate(record.get(section, [])):
            if date := entry.get(dated_by):
                yield Entry(date, f"/{section}/{at}", section, entry)
