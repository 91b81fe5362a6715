"""What was so on a day, and what was known at a time: two questions, answered purely."""

from datetime import UTC, date, datetime
from typing import Any

from app.pipeline.statement import RecordSource, Statement
from app.records.known_at import Version, begins, statements_at
from schemas import Enrollment, Evidence, Name, Person, Result

OCTOBER, MARCH = datetime(2020, 10, 10, 6, tzinfo=UTC), datetime(2021, 3, 1, 6, tzinfo=UTC)
SOURCE = RecordSource(1, "sis", "SIS", 10, "in-school")


def version(record: Any, since: datetime, until: datetime | None = None, **more: Any) -> Version:
    return Version(
        Statement(SOURCE, "s", record.key, 0, since, more.pop("state", "current"), record, **more), since, until
    )


def test_undated_evidence_is_of_no_day_and_always_there() -> None:
    undated = Evidence(key="e", person="p", name="A robot")
    assert begins(undated) is None
    assert begins(Result(key="r", person="p", scored_on=date(2020, 9, 2))) == date(2020, 9, 2)
    [statement] = statements_at([version(undated, MARCH)], MARCH, date(2019, 1, 1))
    assert statement.record == undated


def test_before_anything_was_told_somebody_is_who_they_were_told_to_be_first() -> None:
    old, new = (Person(key="p", names=(Name(full=name),)) for name in ("Ada", "Ada Maria"))
    versions = [version(old, OCTOBER, MARCH), version(new, MARCH)]
    named = [
        statements_at(versions, MARCH, day)[0].record
        for day in (date(2019, 1, 1), date(2020, 12, 1), date(2021, 12, 1))
    ]
    assert named == [old, old, new]
    assert [statement.record for statement in statements_at(versions[:1], OCTOBER)] == [old]


def test_what_has_ended_since_was_current_before() -> None:
    taught = Enrollment(key="e", person="p", class_="k", begins=date(2020, 9, 1))
    ended = version(taught, OCTOBER, state="ended", state_at=MARCH)
    days = (date(2020, 8, 1), date(2021, 2, 1), date(2021, 3, 1))
    assert [[statement.state for statement in statements_at([ended], MARCH, day)] for day in days] == [
        [],
        ["current"],
        ["ended"],
    ]
