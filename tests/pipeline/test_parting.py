"""One number that a source tells of two children: neither is ever shown what the other did."""

from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity import decisions
from app.matching.apart import PersonRef, person_facts
from app.pipeline.file import load
from app.pipeline.parting import Children
from app.pipeline.replay import replay
from app.sources.source import Source
from schemas import Name, Person
from tests.support.district import MORNING, District, user

LAYOUT = """
name = "rc"
title = "Reading check"
key = ["Date"]
signature = ["WPM"]
dates = ["%m/%d/%Y"]
[person]
identifiers = [{ type = "district", column = "Student ID" }]
given = "First"
family = "Last"
birth_date = "DOB"
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Date"
[[results]]
score = "WPM"
"""
ANN: dict[str, Any] = {"name": {"given": "Ann", "family": "Lee"}, "birthDate": "2010-01-01"}
BEN: dict[str, Any] = {"name": {"given": "Ben", "family": "Kim"}, "birthDate": "2011-02-02"}
ANONYMOUS: dict[str, Any] = {}


def evidence(key: str, who: dict[str, Any], number: str = "100001") -> dict[str, Any]:
    learner = {"identifiers": [{"type": "district", "value": number}], **who}
    return {"id": key, "learner": learner, "name": f"of {key}", "occurredAt": "2026-09-02T00:00:00Z"}


async def of_whom(district: District) -> dict[str, list[str]]:
    """What each learner has shown, by their names."""
    await district.settle()
    return {
        " & ".join(name["value"] for name in record["names"]) or "nobody": sorted(
            [e["name"] for e in record.get("evidence", [])] + [str(r["score"]) for r in record.get("results", [])]
        )
        for record in (await district.records()).values()
    }


@pytest.fixture
async def sis(district: District) -> Source:
    made = await district.source("sis", "oneroster")
    await district.take(made, "users", [user("u1", "Ann", "Lee", identifier="100001")])
    return made


@pytest.fixture
async def club(district: District, sis: Source) -> Source:
    del sis
    return await district.source("club", "evidence")


async def test_another_child_under_the_same_number_is_no_part_of_the_firsts_record(
    district: District, club: Source
) -> None:
    await district.take(club, "evidence", [evidence("ann", ANN)])
    outcome = await district.take(club, "evidence", [evidence("ben", BEN)])
    assert "is told of two children (their birth dates differ)" in outcome.notes[0]
    assert await of_whom(district) == {"Ann Lee": ["of ann"], "Ben Kim": ["of ben"]}
    [match] = await district.near_matches()
    assert "they share a district id, but their given names differ" in match.reason


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
@pytest.mark.parametrize("at_once", [True, False])
async def test_in_any_order_each_child_has_their_own(
    district: District, club: Source, order: tuple[int, ...], *, at_once: bool
) -> None:
    again = {"name": {"given": "ANN M."}}
    four = [evidence("a1", ANN), evidence("b1", BEN), evidence("a2", again), evidence("b2", BEN)]
    pages = [[four[n] for n in order]] if at_once else [[four[n]] for n in order]
    for minutes, page in enumerate(pages):
        await district.take(club, "evidence", page, MORNING + timedelta(minutes=minutes))
    titles = await of_whom(district)
    assert sorted(titles.values()) == [["of a1", "of a2"], ["of b1", "of b2"]]
    assert titles["Ben Kim"] == ["of b1", "of b2"]
    before = await district.bytes()
    await replay(district.db, club)
    await district.settle()
    assert await district.bytes() == before


async def test_what_names_nobody_goes_to_no_child_of_two_but_to_whom_the_district_says(
    district: District, club: Source
) -> None:
    await district.take(club, "evidence", [evidence("b", BEN), evidence("a", ANN), evidence("n", ANONYMOUS)])
    assert (await of_whom(district))["Ben Kim"] == ["of b"]
    assert (await of_whom(district))["Ann Lee"] == ["of a", "of n"]


async def test_a_corrected_name_moves_what_was_told_and_a_repeat_changes_nothing(
    district: District, club: Source
) -> None:
    await district.take(club, "evidence", [evidence("a", ANN), evidence("b", BEN)])
    await district.take(club, "evidence", [evidence("b", ANN)], MORNING + timedelta(minutes=1))
    assert await of_whom(district) == {"Ann Lee": ["of a", "of b"]}
    before = await district.bytes()
    outcome = await district.take(club, "evidence", [evidence("b", ANN)], MORNING + timedelta(minutes=2))
    await district.settle()
    assert (outcome.counts["unchanged"], await district.bytes()) == (1, before)


async def test_one_number_in_a_vendors_file_for_two_children(district: District, sis: Source, tmp_path: Path) -> None:
    del sis
    source = await district.source("rc", "assessment_file", layouts=[LAYOUT])
    file = tmp_path / "rc.csv"
    rows = ["100001,Ann,Lee,01/01/2010,09/08/2025,80", "100001,Ben,Kim,02/02/2011,09/09/2025,55"]
    file.write_text("\n".join(["Student ID,First,Last,DOB,Date,WPM", *rows]))
    report = await load(district.db, source, file, dry_run=False)
    assert report.streams["rc"].counts["new"] == 2
    assert await of_whom(district) == {"Ann Lee": ["80.0"], "Ben Kim": ["55.0"]}


async def test_brothers_who_share_the_familys_address_are_two_and_a_person_is_asked(district: District) -> None:
    store = await district.source("lrs", "xapi")

    def passed(key: str, name: str) -> dict[str, Any]:
        return {
            "id": f"0b6c1b0e-6f0c-4a52-9d0c-2f4f3f1f7a{key}",
            "actor": {"name": name, "mbox": "mailto:family@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://x.example.org/1", "definition": {"name": {"en": f"of {name}"}}},
            "result": {"score": {"raw": 3, "max": 4}},
        }

    await district.take(store, "statements", [passed("10", "Ann Lee"), passed("11", "Ben Lee")])
    await district.take(store, "statements", [passed("12", "Ann B. Lee")], MORNING + timedelta(minutes=1))
    await district.settle()
    counts = sorted(len(r["results"]) for r in (await district.records()).values())
    assert counts == [1, 2]
    [match] = await district.near_matches()
    assert match.reason == "they share their email, but their given names differ"
    left, right = (match.left_source, match.left_key), (match.right_source, match.right_key)
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.decide(tx, left, right, "different", by="a registrar", reason="brothers")
    await district.settle()
    assert not await district.near_matches()
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.decide(tx, left, right, "open", by="a registrar", reason="")
    await district.settle()
    assert [again.reason for again in await district.near_matches()] == [match.reason]


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["Ann Lee", "starfish92"], [2]),
        (["Ann Lee", "Lee, Annie", "Ann Kim"], [3]),  # she is called otherwise, and takes another family name
        (["Ann Lee", "Bea Lee"], [2]),  # a chosen name
        (["Ann Lee", None, "Ben Kim", None], [1, 1, 2]),  # it is made anew: what names nobody then is nobody's
        (["Ann Lee", "Ben Kim", "Ann Lee", "Kim, Ben"], [2, 2]),
    ],
)
async def test_an_account_is_one_childs_whatever_it_calls_itself_until_another_whole_name(
    district: District, names: list[str | None], counts: list[int]
) -> None:
    store = await district.source("lrs", "xapi")
    for key, name in enumerate(names):
        account = {"account": {"homePage": "https://lms.example.org", "name": "1001"}}
        called = {
            "id": f"0b6c1b0e-6f0c-4a52-9d0c-2f4f3f1f7a1{key}",
            "actor": account | ({"name": name} if name else {}),
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://x.example.org/1"},
        }
        await district.take(store, "statements", [called], MORNING + timedelta(minutes=key))
    await district.settle()
    records = await district.records()
    assert sorted(len(record["results"]) for record in records.values()) == counts
    assert all(
        len({name["value"] for name in record["names"]} & {"Ann Lee", "Ben Kim"}) < 2 for record in records.values()
    )


NAMES = st.sampled_from([None, "Ann", "Ann Marie", "Ben", "Cyd", "A."])
BIRTHS = st.sampled_from([None, "2010-01-01", "2011-02-02"])


@given(st.lists(st.tuples(NAMES, BIRTHS), min_size=1, max_size=14))
def test_no_two_who_are_apart_are_ever_one_child(rows: list[tuple[str | None, str | None]]) -> None:
    """The law: whoever says what, in whatever order."""
    children, members = Children(), dict[str, list[tuple[str | None, str | None]]]()
    for n, (first_name, birth) in enumerate(rows):
        names = (Name(given=first_name),) if first_name else ()
        person = Person(key="district:1", names=names, birth_date=date.fromisoformat(birth) if birth else None)
        facts = person_facts(PersonRef(0, ""), 0, (), [person])
        key, _ = children.who("district:1", str(n), facts, None)
        if first_name or birth:
            members.setdefault(key, []).append((first_name, birth))
    for child in members.values():
        assert len({birth for _, birth in child if birth}) <= 1
        assert len({name for name, _ in child if name in ("Ann", "Ben", "Cyd")}) <= 1


async def test_what_is_told_by_a_number_alone_that_the_district_gave_to_two_is_neithers(
    district: District, sis: Source, club: Source
) -> None:
    await district.take(club, "evidence", [evidence("early", ANONYMOUS)])
    assert await of_whom(district) == {"Ann Lee": ["of early"]}
    await district.take(sis, "users", [user("u2", "Ben", "Kim", identifier="100001")])
    await district.take(club, "evidence", [evidence("late", ANONYMOUS)])
    assert await of_whom(district) == {"Ann Lee": [], "Ben Kim": [], "nobody": ["of early", "of late"]}
    assert any("another one has it, too" in match.reason for match in await district.near_matches())


async def test_a_number_that_lost_its_zeros_is_asked_about_whichever_came_first(district: District) -> None:
    """In every reader: the roster's number has zeros that a program's list has lost."""
    club = await district.source("club", "evidence")
    await district.take(club, "evidence", [evidence("a", ANN, number="100001")])
    await district.settle()
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u1", "Ann", "Lee", identifier="0100001")])
    born = {"sourcedId": "u1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    await district.take(sis, "demographics", [{**born, "birthDate": "2010-01-01"}])
    await district.settle()
    [match] = await district.near_matches()
    assert match.reason == "their district ids differ by leading zeros alone, and name and birth date agree"
    await district.take(club, "evidence", [evidence("b", ANN, number="100001")], MORNING + timedelta(minutes=1))
    await district.settle()
    assert len(await district.near_matches()) == 1
    assert len(await district.records()) == 2
