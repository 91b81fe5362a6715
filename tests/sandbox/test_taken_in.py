"""What the sandbox hands over as files and pushes, taken in by the connectors: all of it but what is wrong."""

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.sandbox import pushes
from app.sandbox.assessment import TERMS, write_map_growth
from app.sandbox.district import District
from app.sandbox.sis.bundle import write_bundle
from connectors import Part, Stream, named
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AnyRecord, Person


def mapped(stream: Stream, cells: Any, columns: tuple[str, ...] | None = None) -> tuple[list[AnyRecord], list[str]]:
    """The records of one raw record, or the complaint about it. `Fields` empties what it reads, so it has a copy."""
    fields = Fields(deepcopy(dict(zip(columns, cells, strict=True)) if columns else cells))
    try:
        return list(stream.map(fields)), []
    except MappingError as wrong:
        return [], [str(wrong)]


def read(parts: Iterable[Part], streams: dict[str, Stream]) -> tuple[list[AnyRecord], list[str]]:
    gathered: list[AnyRecord] = []
    complaints: list[str] = []
    for part in parts:
        for page in part.pages:
            assert not page.rejects
            for body in page.records:
                records, wrong = mapped(streams[part.stream], msgspec.json.decode(body), page.columns)
                gathered += records
                complaints += [f"{part.stream}: {complaint}" for complaint in wrong]
    return gathered, complaints


@pytest.mark.parametrize("target", ["bundle", "bundle.zip"])
def test_the_bundle(tmp_path: Path, district: District, target: str):
    write_bundle(district, tmp_path / target)
    oneroster = named("oneroster")
    settings = oneroster.settings()
    assert oneroster.file
    streams = {stream.name: stream for stream in oneroster.streams_for(settings)}
    records, complaints = read(oneroster.file(tmp_path / target, settings), streams)
    students = {
        record.key
        for record in records
        if isinstance(record, Person) and "student" in {role.role for role in record.roles}
    }
    assert {learner.key for learner in district.learners} <= students
    assert sorted(complaint.split(":")[0] for complaint in complaints) == ["enrollments", "results", "roles", "users"]


@pytest.mark.parametrize("term", TERMS)
def test_an_assessment_file(tmp_path: Path, district: District, term: str):
    target = tmp_path / f"{term}.csv"
    count = write_map_growth(district, term, target)
    files = named("assessment_file")
    settings = files.settings()
    assert files.file
    records, complaints = read(
        files.file(target, settings), {stream.name: stream for stream in files.streams_for(settings)}
    )
    assert sum(isinstance(record, Person) for record in records) == count - 1
    (complaint,) = complaints  # a date that is none costs itself alone
    assert "'9999999' stands for no number" in complaint
    assert any(TERMS[term].begins.strftime("%m/45/%Y") in record.extensions.values() for record in records)


def test_evidence(district: District):
    stream = named("evidence").streams[0]
    answers = {item["id"]: mapped(stream, item) for item in pushes.evidence(district)}
    assert [key for key, (_, complaints) in answers.items() if complaints] == ["writing-empty"]
    assert all(records for key, (records, _) in answers.items() if key != "writing-empty")


def test_badges(district: District):
    stream = named("open_badges").streams[0]
    for item in pushes.badge_submissions(district):
        records, complaints = mapped(stream, item)
        assert complaints == []
        assert {"Credential", "Person", "Achievement"} <= {type(record).__name__ for record in records}
