"""Guards in a district: what nobody may be linked for, however much speaks for it."""

from typing import Any

import pytest

from app.errors import Conflict
from app.identity import decisions, portraits, scored
from app.sources.source import Source
from tests.support.district import District, user

ADA = ("Ada", "Stone", "2012-03-04")


async def test_a_child_whom_two_rosters_list_is_one_candidate(district: District) -> None:
    """It rivals nobody, and is no twin of itself."""
    club = await _listed_twice(district, ADA)
    await district.take(club, "evidence", [_form("a", ADA)])
    await _automatic(district, club)
    assert len(await district.records()) == 1
    assert await district.near_matches() == []


async def test_of_whom_it_was_said_that_they_are_another_one_nobody_is_asked_under_another_key(
    district: District,
) -> None:
    club = await _listed_twice(district, ADA)
    await district.take(club, "evidence", [_form("a", ADA)])
    await _mode(district, club, "propose")
    (question,) = await district.near_matches()
    await _decide(district, question, "different")
    await _mode(district, club, "automatic")
    assert await district.near_matches() == []
    assert len(await district.records()) == 2
    for again in ("sis", "old"):
        await _list(district, await district.again(again), [ADA])
    await district.take(club, "evidence", [_form("a", ADA)])
    await district.settle()
    assert await district.near_matches() == []
    assert len(await district.records()) == 2


async def test_another_birth_date_in_the_second_roster_stops_the_link(district: District) -> None:
    """The platform tells of no birth date, and the roster of another child of that name."""
    sis, lms = await district.source("sis", "oneroster"), await district.source("lms", "oneroster")
    club = await district.source("club", "evidence")
    await _list(district, sis, [("Ada", "Stone", "2010-09-09")])
    await _list(district, lms, [("Ada", "Stone", None)], more={"email": "home@example.org", "grades": ["8"]})
    form = _form("a", ADA)
    form["learner"]["identifiers"].append({"type": "email", "value": "home@example.org"})
    await district.take(club, "evidence", [form])
    await _automatic(district, club)
    assert len(await district.records()) == 2


async def test_two_of_a_source_that_lists_everybody_once_are_never_one(district: District) -> None:
    """A tool has a child twice, or two children of one name: which of them it is, a person says; neither is linked."""
    sis, tool = await district.source("sis", "oneroster"), await district.source("tool", "oneroster")
    await _list(district, sis, [ADA])
    for key in ("x", "y"):
        await district.take(tool, "users", [user(key, *ADA[:2])])
        await district.take(tool, "demographics", [_born(key, ADA[2])])
        await district.settle()
        await _automatic(district, tool)
    assert len(await district.records()) == 3
    questions = await district.near_matches()
    assert [q.reason.rpartition("; ")[2] for q in questions] == [
        "asked because another one of its own source may be them as well"
    ] * 2
    await _decide(district, questions[0], "same")
    assert len(await district.records()) == 2


async def test_a_district_looks_before_it_links(district: District) -> None:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    await _list(district, sis, [ADA])
    with pytest.raises(Conflict, match="set 'propose' first"):
        async with district.db.transaction(district.tenant.id) as tx:
            await scored.set_mode(tx, club.id, "automatic", by="a test")


async def test_a_chosen_name_matches_and_the_former_one_is_not_shown(district: District) -> None:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    await _list(district, sis, [("Jacob", "Stone", "2012-03-04")], more={"preferredFirstName": "Jade"})
    await district.take(club, "evidence", [_form("a", ("Jade", "Stone", "2012-03-04"))])
    await district.settle()
    await _mode(district, club, "propose")
    (question,) = await district.near_matches()
    assert question.rule == "score"
    async with district.db.transaction(district.tenant.id) as tx:
        seen = await portraits.portraits(tx, decisions.refs_of(question))
    assert [portrait.names for portrait in seen.values()] == [["Jade Stone"], ["Jade Stone"]]
    await _mode(district, club, "automatic")
    assert len(await district.records()) == 1


@pytest.mark.parametrize(
    ("form", "listed"),
    [
        (("Student", "17", "2012-03-04"), ("Student", "18", "2012-03-04")),
        (("Mohamed", "Abdi", "2012-01-01"), ("Mohamed", "Abdi", "2012-01-01")),
        (("FNU", "Singh", "2012-03-04"), ("FNU", "Singh", "2012-03-04")),
        (("John", "Hill III", "2012-03-04"), ("John", "Hill Jr.", "2012-03-04")),
        (("Jose", "Garcia Lopez", "2012-03-04"), ("Jose", "Garcia Perez", "2012-03-04")),
        (("Daniela", "Hill", "2012-03-04"), ("Daniel", "Hill", "2012-03-04")),
        (("Kayden", "Hill", "2012-03-04"), ("Jayden", "Hill", "2012-03-04")),
    ],
)
async def test_who_may_be_two_is_never_one(
    district: District, form: tuple[str, str, str], listed: tuple[str, str, str]
) -> None:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    await _list(district, sis, [listed])
    await district.take(club, "evidence", [_form("a", form)])
    await _automatic(district, club)
    assert len(await district.records()) == 2


async def _listed_twice(district: District, child: tuple[str, str, str]) -> Source:
    """Two rosters list a child, with one state number; a club is to be scored."""
    for slug in ("sis", "old"):
        await _list(district, await district.source(slug, "oneroster"), [child])
    return await district.source("club", "evidence")


async def _list(
    district: District, source: Source, people: list[tuple[str, str, str | None]], more: dict[str, Any] | None = None
) -> None:
    for n, (first, family, born) in enumerate(people):
        key = f"{n + 1}"
        ids = [{"type": "state", "identifier": f"900{key}"}]
        await district.take(source, "users", [user(key, first, family, userIds=ids, **(more or {}))])
        if born:
            await district.take(source, "demographics", [_born(key, born)])
    await district.settle()


def _born(key: str, born: str) -> dict[str, Any]:
    return {"sourcedId": key, "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": born}


def _form(key: str, child: tuple[str, str, str]) -> dict[str, Any]:
    """A piece of evidence as a program pushes it."""
    first, family, born = child
    identifiers = [{"type": "program", "value": f"c-{key}"}]
    name = {"given": first, "family": family}
    return {"id": key, "learner": {"name": name, "identifiers": identifiers, "birthDate": born}, "name": "Robot"}


async def _automatic(district: District, source: Source) -> None:
    await district.settle()
    await _mode(district, source, "propose")
    await _mode(district, source, "automatic")


async def _mode(district: District, source: Source, mode: scored.Mode) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await scored.set_mode(tx, source.id, mode, by="a test")
    await scored.rematch(district.db, district.tenant.id, source.id)
    await district.settle()


async def _decide(district: District, question: decisions.DecisionRow, judgement: str) -> None:
    left, right = decisions.refs_of(question)
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.decide(tx, left, right, judgement, by="a test", reason="they know them")
    await district.settle()
