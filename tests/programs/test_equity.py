"""No hidden count can be told from what is shown: not by sums, not by differences, not by knowing the rule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from app.db.access import tenants
from app.db.records import learners
from app.programs import participation, programs, reviewing, submitting, whose
from app.programs.equity import COLUMNS, FEWEST, Count, Table, suppressed
from app.programs.programs import Registration
from tests.support.api import Api, bearer
from tests.support.district import District
from tests.support.people import signed_in
from tests.support.programs import REVIEWER, club, handed_in, now, numbered
from tests.support.rosters import user

Cells = tuple[int, int, int, int]
SMALL = 2
UP_TO = 6


def table(cells: Sequence[Cells]) -> list[Count]:
    return [Count(str(number), *row) for number, row in enumerate(cells)]


def lines(table: Table) -> list[tuple[int | None, ...]]:
    return [(row.learners, row.taking_part, row.recognized, row.at_work) for row in (*table.rows, table.total)]


def whole(cells: Sequence[Cells]) -> list[Cells]:
    return [*cells, tuple(map(sum, zip(*cells, strict=True)))]  # type: ignore[list-item]  # four sums


def nested(up_to: int) -> Iterable[Cells]:
    return [
        (every, part, known, at_work)
        for every in range(up_to + 1)
        for part in range(every + 1)
        for known in range(part + 1)
        for at_work in range(known + 1)
    ]


@pytest.mark.parametrize("rows", [1, 2])
def test_who_knows_the_rule_and_tries_every_district_learns_no_hidden_count(rows: int) -> None:
    """Every district of that size is tried: those that look alike differ in each count that is hidden."""
    alike: dict[Any, list[list[Cells]]] = defaultdict(list)
    for cells in product(nested(UP_TO), repeat=rows):
        (report,) = suppressed([table(cells)], SMALL)
        alike[tuple(lines(report))].append(whole(cells))
    assert len(alike) > 1
    for shown_lines, districts in alike.items():
        if max(max(row) for district in districts for row in district[:-1]) == UP_TO and len(districts) == 1:
            continue  # at the edge of what is tried, those that would look alike are not among them
        for place, row in enumerate(shown_lines):
            for column, value in enumerate(row):
                if value is None:
                    assert len({district[place][column] for district in districts}) > 1, (shown_lines, place, column)


counts = st.integers(0, 60).flatmap(
    lambda every: st.lists(st.integers(0, every), min_size=3, max_size=3).map(
        lambda parts: (every, *sorted(parts, reverse=True))
    )
)


@given(st.lists(counts, min_size=1, max_size=7))
def test_no_hidden_count_is_told_by_what_is_shown_beside_it(cells: list[Cells]) -> None:
    (report,) = suppressed([table(cells)])
    values = whole(cells)
    seen = lines(report)
    for row, own in zip(seen, values, strict=True):
        counts = [value for value in row if value is not None]
        assert counts == list(own[: len(counts)]), (
            "what is shown is true, and each column is shown where the one before is"
        )
        assert all(value >= FEWEST for value in counts)
        assert all(more - fewer >= FEWEST for more, fewer in pairwise(counts))
    for column in range(COLUMNS):
        hidden = [place for place, row in enumerate(seen[:-1]) if row[column] is None]
        if seen[-1][column] is None:
            assert len(hidden) == len(cells), "where the total is hidden, so is all that would make it"
            continue
        together = sum(values[place][column] for place in hidden)
        for place in hidden:
            assert _widest(place, hidden, seen, column, together) >= FEWEST


def _widest(place: int, hidden: list[int], seen: list[Any], column: int, together: int) -> int:
    """How far apart the least and the most are that a hidden count may be, by an attacker's own sums."""

    def most(row: int) -> int:
        above = seen[row][column - 1] if column else None
        return together if above is None else min(together, above)

    least = max(0, together - sum(most(other) for other in hidden if other != place))
    return most(place) - least


@given(st.lists(counts, min_size=1, max_size=5), st.data())
def test_tables_of_the_same_learners_give_nothing_away_between_them(cells: list[Cells], data: st.DataObject) -> None:
    """One grouped otherwise: where a total is hidden in one table, no other shows it, nor what adds up to it."""
    split = data.draw(st.integers(0, len(cells)))
    merged = [part for part in (cells[:split], cells[split:]) if part]
    other: list[Cells] = [tuple(map(sum, zip(*part, strict=True))) for part in merged]  # type: ignore[misc]
    first, two = suppressed([table(cells), table(other)])
    assert lines(first)[-1] == lines(two)[-1]
    for column in range(COLUMNS):
        if lines(first)[-1][column] is None:
            assert {row[column] for row in (*lines(first), *lines(two))} == {None}


def test_a_large_district_shows_what_can_be_shown() -> None:
    (report,) = suppressed([table([(400, 60, 20, 10), (300, 45, 30, 15), (250, 4, 1, 0), (200, 40, 12, 0)])])
    assert [row[0] for row in lines(report)] == [400, 300, 250, 200, 1150]
    assert [row[1] for row in lines(report)] == [60, 45, None, None, 149], "the next smallest is hidden beside it"
    assert [row[2] for row in lines(report)] == [20, 30, None, None, 63]
    assert [row[3] for row in lines(report)] == [None, 15, None, None, 25], "two that are nobody would be told"


async def sixty(api: Api) -> None:
    """Two schools of thirty learners each."""
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    school = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}
    schools = [{**school, "sourcedId": f"o-{n}", "name": name} for n, name in enumerate(("Creek", "Hill"))]
    await district.take(sis, "orgs", schools)

    def student(n: int) -> dict[str, Any]:
        org = {"sourcedId": f"o-{n // 30}", "type": "org", "href": "x"}
        role = {"roleType": "primary", "role": "student", "org": org}
        return user(f"u-{n}", "Ada", identifier=f"{1000 + n}", roles=[role], grades=["07" if n % 2 else "03"])

    await district.take(sis, "users", [student(n) for n in range(60)])
    await district.settle()


async def test_the_districts_report_counts_each_learner_once_and_shows_no_small_number(api: Api) -> None:
    """Of Creek fourteen take part, of Hill three; all of theirs is of the school year's first month."""
    await sixty(api)
    robotics = await club(api)
    year = participation.year_of(now().date())
    for n in [*range(14), *range(14), 30, 31, 32]:
        title = f"Piece {n}"
        submission = await handed_in(api, robotics, learner=numbered(f"{1000 + n}", None), title=title)
        async with api.db.transaction(api.tenant) as tx:
            (learner,) = await learners.by_identifier(tx, "district", f"{1000 + n}", None)
            row = await submitting.own(tx, robotics.program, submission, lock=True)
            await whose.decide(tx, row, learner.id, REVIEWER, now())
            await tx.run("UPDATE submission SET made_at = %s WHERE tenant_id = %s", f"{year}-08-15", api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        report = await participation.participation(tx, year, date(year + 2, 9, 1))
        empty = await participation.participation(tx, year - 1, date(year + 2, 9, 1))
    school = report.tables["school"]
    assert [(row.name, row.learners, row.taking_part) for row in school.rows] == [
        ("Creek", 30, None),
        ("Hill", 30, None),
    ]
    assert (school.total.learners, school.total.taking_part, school.total.recognized) == (60, 17, None)
    assert [row.learners for row in report.tables["grades"].rows] == [30, 30]
    assert [row.name for row in report.tables["grades"].rows] == ["K-5", "6-8"]
    assert empty.tables["school"].total.taking_part is None
    assert participation.as_csv(report, "school").splitlines() == [
        "School,Learners,Taking part,Recognized,Recognized for work",
        "Creek,30,,,",
        "Hill,30,,,",
        "All,60,17,,",
    ]


async def test_what_is_decided_later_changes_no_count_of_a_time_that_is_over(api: Api) -> None:
    """36 take part; of 24 something is accepted today, of twelve something at work: none by last month."""
    await sixty(api)
    today = now().date()
    begun = datetime(participation.year_of(today), 8, 15, tzinfo=UTC)
    clubs = [await club(api, name=name) for name in ("Northside Garage", "Makers", "Chess")]
    employer, makers, chess = (each.program for each in clubs)
    for program, name, setting in ((employer, "Northside Garage", "work"), (makers, "Makers", "after-school")):
        async with api.db.transaction(api.tenant) as tx:
            registration = Registration(name, setting=setting, trusted=True)  # type: ignore[arg-type]
            await programs.change(tx, program, registration, "a test")
    for n in range(36):
        piece = await handed_in(api, clubs[n // 12], learner=numbered(f"{1000 + n}", None), achievement=None)
        async with api.db.transaction(api.tenant) as tx:
            (learner,) = await learners.by_identifier(tx, "district", f"{1000 + n}", None)
            row = await submitting.own(tx, clubs[n // 12].program, piece, lock=True)
            if row.program_id == chess:
                await whose.decide(tx, row, learner.id, REVIEWER, now())
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE submission SET made_at = %s WHERE tenant_id = %s", begun, api.tenant)
        await tx.run("UPDATE submission_step SET made_at = %s WHERE tenant_id = %s", begun, api.tenant)
        before = await participation.participation(tx, begun.year, today)
    for program in (employer, makers):
        counts = await reviewing.accept_trusted(api.app.state.service, api.tenant, program, REVIEWER, now())
        assert counts["accepted"] == 12, counts
    async with api.db.transaction(api.tenant) as tx:
        after = await participation.participation(tx, begun.year, today)
        a_month_on = await participation.participation(tx, begun.year, today + timedelta(days=32))
    assert before.tables == after.tables
    assert lines(after.tables["grades"])[-1] == (60, 12, None, None)
    assert lines(a_month_on.tables["grades"])[-1] == (60, 36, 24, 12)


async def test_the_report_is_a_page_a_file_and_an_answer_for_the_district_alone(api: Api) -> None:
    await sixty(api)
    admin = await signed_in(api, "administrator")
    page = await admin.get("/participation")
    assert page.status_code == 200
    assert "By school" in page.text
    assert "Creek" in page.text
    table = await admin.get("/participation/school.csv")
    assert "Creek,30,,," in table.text
    assert (await admin.get("/participation/shoe-size.csv")).status_code == 404
    assert (await admin.get("/participation?year=1066")).status_code == 422
    for role in ("coordinator", "reviewer", "teacher"):
        reader = await signed_in(api, role)
        assert (await reader.get("/participation")).status_code == 403
    key = bearer(await api.key("programs.manage"))
    answer = (await api.http.get("/v1/participation", headers=key)).json()
    assert answer["fewest"] == FEWEST
    assert [(row["name"], row["learners"], row["takingPart"]) for row in answer["tables"]["school"]] == [
        ("Creek", 30, None),
        ("Hill", 30, None),
        (None, 60, None),
    ]
    assert (await api.http.get("/v1/participation?year=x", headers=key)).status_code == 422
