"""A record as it was on a day, and as it was known at a time: the two are never mixed."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.identity import decisions
from app.matching.apart import PersonRef
from app.pipeline.statement import RecordSource
from app.records import as_of
from app.records.document import RecordAt
from tests.support.district import District, class_, enrollment, user

SEPTEMBER, OCTOBER, MARCH = (
    datetime(2020, 9, 1, 6, tzinfo=UTC),
    datetime(2020, 10, 10, 6, tzinfo=UTC),
    datetime(2021, 3, 1, 6, tzinfo=UTC),
)
YEAR = {"beginDate": "2020-08-15", "endDate": "2021-06-16"}


async def record_at(district: District, day: date | None, known_at: datetime) -> RecordAt:
    await district.settle()
    [learner] = await district.records()
    async with district.db.transaction(district.tenant.id) as tx:
        return await as_of.record(tx, UUID(learner), day=day, known_at=known_at, whole=True)


async def test_what_was_so_and_what_was_known_are_two_questions(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [user("u-1", "Ada", grades=["07"])], SEPTEMBER)
    await district.listing(sis, "classes", [class_("k-1", "Algebra"), class_("k-2", "Drawing")], SEPTEMBER)
    await district.listing(sis, "enrollments", [enrollment("e-1", "u-1", "k-1", **YEAR)], SEPTEMBER)
    await district.listing(
        sis, "enrollments", [enrollment("e-2", "u-1", "k-2", beginDate="2020-10-01")], OCTOBER, allow_shrink=True
    )
    await district.listing(sis, "classes", [class_("k-1", "Algebra I"), class_("k-2", "Drawing")], OCTOBER)
    await district.listing(sis, "users", [user("u-1", "Ada Maria", grades=["08"])], MARCH)

    then = await record_at(district, date(2020, 9, 15), MARCH)  # what was so in September, as we know it now
    assert [(e.class_.title, e.ends, e.state) for e in then.enrollments] == [("Algebra I", "2021-06-15", "current")]
    assert ([name.given for name in then.names], [grade.value for grade in then.grades]) == (["Ada"], ["07"])

    known = await record_at(district, None, SEPTEMBER)  # what we knew in September, of whatever time
    assert [(e.class_.title, e.state) for e in known.enrollments] == [("Algebra", "current")]

    november = await record_at(district, date(2020, 11, 1), MARCH)
    assert sorted((e.class_.title or "", e.ends, e.state) for e in november.enrollments) == [
        ("Algebra I", "2020-10-10", "ended"),
        ("Drawing", None, "current"),
    ]
    assert [name.given for name in november.names] == ["Ada"]
    assert [name.given for name in (await record_at(district, date(2021, 4, 1), MARCH)).names] == ["Ada Maria"]


async def test_what_was_taken_back_was_known_and_was_never_so(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")], SEPTEMBER)
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "k-1", **YEAR)], SEPTEMBER)
    gone = enrollment("e-1", "u-1", "k-1", status="tobedeleted", dateLastModified="2026-10-01T00:00:00Z")
    await district.take(sis, "enrollments", [gone], OCTOBER)
    assert len((await record_at(district, None, SEPTEMBER)).enrollments) == 1
    assert (await record_at(district, None, MARCH)).enrollments == ()
    assert (await record_at(district, date(2020, 9, 15), MARCH)).enrollments == ()


async def test_terms_are_told_with_the_class(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    term: dict[str, Any] = {
        "sourcedId": "t-1",
        "status": "active",
        "dateLastModified": "2019-09-01T08:00:00.000Z",
        "title": "Fall 2020",
        "type": "term",
        "startDate": "2020-08-15",
        "endDate": "2021-01-16",
        "schoolYear": "2021",
    }
    await district.take(sis, "academicSessions", [term], SEPTEMBER)
    of_term = {"sourcedId": "t-1", "type": "academicSession", "href": "x"}
    await district.take(sis, "classes", [class_("k-1", "Algebra", terms=[of_term])], SEPTEMBER)
    await district.take(sis, "users", [user("u-1")], SEPTEMBER)
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "k-1")], SEPTEMBER)
    await district.settle()
    [record] = (await district.records()).values()
    [term_entry] = record["enrollments"][0]["class"]["terms"]
    assert term_entry == {"title": "Fall 2020", "begins": "2020-08-15", "ends": "2021-01-15"}
    await district.take(sis, "academicSessions", [{**term, "title": "Autumn 2020"}], OCTOBER)
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"][0]["class"]["terms"][0]["title"] == "Autumn 2020"


SOURCE = RecordSource(1, "sis", "SIS", 10, "in-school")


async def test_who_was_not_known_to_be_the_same_was_not_in_the_record(district: District) -> None:
    """What people decided is known from when they did; what rules conclude, from when its grounds were told."""
    sis, tool = await district.source("sis", "oneroster"), await district.source("tool", "evidence")
    await district.take(sis, "users", [user("u-1", "Ada", "Sample", identifier="100001")], SEPTEMBER)
    item = {"name": "of", "occurredAt": "2020-09-02T00:00:00Z", "result": {"score": 1, "maximum": 2}}
    number = {"identifiers": [{"type": "district", "value": "100001"}]}
    await district.take(tool, "evidence", [{"id": "number", "learner": number, **item}], OCTOBER)
    account = {"identifiers": [{"type": "account", "value": "a-1"}], "name": {"given": "Ada"}}
    await district.take(tool, "evidence", [{"id": "account", "learner": account, **item}], SEPTEMBER)
    await district.settle()
    before = datetime.now(UTC)
    async with district.db.transaction(district.tenant.id) as tx:
        left, right = PersonRef(sis.id, "u-1"), PersonRef(tool.id, "account:a-1")
        await decisions.link(tx, left, right, by="a registrar", reason="they asked the family")
    await district.settle()
    [learner] = await district.records()

    async def evidence_keys(known_at: datetime) -> list[str]:
        async with district.db.transaction(district.tenant.id) as tx:
            record = await as_of.record(tx, UUID(learner), day=None, known_at=known_at, whole=True)
        return sorted(entry.from_[0].raw_key for entry in record.evidence)

    assert await evidence_keys(datetime.now(UTC)) == ["account", "number"]
    assert await evidence_keys(before) == ["number"]
    assert await evidence_keys(SEPTEMBER) == []


async def test_what_its_source_tells_as_over_was_over_on_the_days_before_it_told_so(district: District) -> None:
    """A last day is when something was so, and not when that came in; told again later, it stays that day."""
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")], MARCH)
    await district.take(sis, "classes", [class_("k-1", "Algebra")], MARCH)
    # OneRoster's end date is the day after the last one
    no_show = enrollment("e-1", "u-1", "k-1", beginDate="2020-08-20", endDate="2020-08-19")
    await district.take(sis, "enrollments", [no_show], MARCH)
    again = {**no_show, "dateLastModified": "2026-10-01T00:00:00Z", "metadata": {"note": "x"}}
    await district.take(sis, "enrollments", [again], datetime(2021, 5, 3, tzinfo=UTC))
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"][0]["past"] == {"state": "ended", "since": "2020-08-18"}
    for day in (date(2020, 8, 20), date(2020, 12, 19), date(2021, 4, 1)):
        seen = await record_at(district, day, datetime(2021, 6, 1, tzinfo=UTC))
        assert [(e.ends, e.state) for e in seen.enrollments] == [("2020-08-18", "ended")]
