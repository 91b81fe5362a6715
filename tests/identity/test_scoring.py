"""Scored sources: sign-ups find their learner where nothing speaks against it, and what came of it can be undone."""

from random import Random
from typing import Any, Literal, TypeVar
from uuid import UUID

import pytest

from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.identity.matching import OutcomeRow
from app.db.identity.persons import DecisionRow
from app.errors import Conflict
from app.identity import decisions, linking, scored
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.households import Child, roster, sign_ups

T = TypeVar("T")


async def test_a_sign_up_without_a_number_finds_its_learner(district: District) -> None:
    sis, club = await _sources(district)
    await _list(district, sis, [("1", "Elizabeth", "Garcia", "2012-03-04"), ("2", "Marcus", "Hill", "2011-05-06")])
    await district.take(club, "evidence", [_form("a", "Liz Garcia", "2012-03-04", "home1@example.org")])
    await district.settle()
    assert len(await district.records()) == 3, "nothing is scored until the district says so"

    await _mode(district, club, "propose")
    assert len(await district.records()) == 3
    (question,) = await district.near_matches()
    assert question.rule == "score"
    assert "one given name is short for the other" in question.reason
    assert "Garcia" not in question.reason

    await _mode(district, club, "automatic")
    names = {record["names"][0]["value"]: record for record in (await district.records()).values()}
    assert len(names) == 2
    assert [entry["name"] for entry in names["Elizabeth Garcia"]["evidence"]] == ["Robot"]
    assert await district.near_matches() == []


async def test_twins_wait_for_a_person_whose_word_is_final(district: District) -> None:
    sis, club = await _sources(district)
    await _list(district, sis, [("1", "Ryan", "Hill", "2012-03-04"), ("2", "Bryan", "Hill", "2012-03-04")])
    await district.take(club, "evidence", [_form("a", "Ryan Hill", "2012-03-04", "home1@example.org")])
    await district.settle()
    await _mode(district, club, "automatic")
    assert len(await district.records()) == 3
    first, *_ = await district.near_matches()
    assert first.reason.endswith("asked because somebody else of this family has the same birth date")

    await _decide(district, first, "same")
    assert len(await district.records()) == 2
    assert await district.near_matches() == [], "who has been found is asked about no more"
    await _list(district, sis, [("1", "Ryan", "Hill", "2012-03-04"), ("2", "Bryan", "Hill", "2012-03-04")])
    await district.settle()
    assert len(await district.records()) == 2


async def test_what_a_person_kept_apart_is_never_asked_again(district: District) -> None:
    sis, club = await _sources(district)
    await _list(district, sis, [("1", "Marcus", "Hill", "2012-03-04")])
    await district.take(club, "evidence", [_form("a", "Marcus Hill", "2012-03-04", "home1@example.org")])
    await district.settle()
    await _mode(district, club, "propose")
    (question,) = await district.near_matches()
    await _decide(district, question, "different")
    await _mode(district, club, "automatic")
    assert len(await district.records()) == 2
    assert await district.near_matches() == []


async def test_a_number_that_differs_is_never_overruled(district: District) -> None:
    sis, club = await _sources(district)
    await _list(district, sis, [("1", "Marcus", "Hill", "2012-03-04")])
    await district.take(club, "evidence", [_form("a", "Marcus Hill", "2012-03-04", "home1@example.org", "555123")])
    await district.settle()
    await _mode(district, club, "automatic")
    assert len(await district.records()) == 2
    (question,) = await district.near_matches()
    assert "a number of theirs differs" in question.reason


async def test_a_twin_who_comes_later_takes_the_link_back(district: District) -> None:
    sis, club = await _sources(district)
    await _list(district, sis, [("1", "Ryan", "Hill", "2012-03-04")])
    await district.take(club, "evidence", [_form("a", "Ryan Hill", "2012-03-04", "home1@example.org")])
    await district.settle()
    await _mode(district, club, "automatic")
    assert len(await district.records()) == 1
    await _list(district, sis, [("1", "Ryan", "Hill", "2012-03-04"), ("2", "Mary", "Hill", "2012-03-04")])
    await district.settle()
    assert len(await district.records()) == 3
    first, *_ = await district.near_matches()
    assert first.left_key == "1"


async def test_switching_off_gives_every_record_back_to_the_byte(district: District) -> None:
    sis, club = await _sources(district)
    children = roster(5, 40)
    await _list(district, sis, [_listed(child) for child in children])
    await district.take(club, "evidence", _forms(sign_ups(5, children, 30)))
    await district.settle()
    before = await district.bytes()
    await _mode(district, club, "automatic")
    assert len(await district.bytes()) < len(before)
    await _mode(district, club, "off")
    assert await district.bytes() == before


async def test_a_crowd_of_links_waits_until_somebody_lets_it_through(district: District) -> None:
    sis, club = await _sources(district)
    children = roster(5, 40)
    forms = _forms(sign_ups(5, children, 30))
    await _list(district, sis, [_listed(child) for child in children])
    await district.take(club, "evidence", forms)
    await district.settle()
    before = await district.bytes()
    await _mode(district, club, "automatic")
    linked, questions = await _state(district), (await _outcome(district)).linked
    await _mode(district, club, "off")

    await _mode(district, club, "automatic", at_once=questions - 1)
    assert await district.bytes() == before, "not one of them is linked"
    waiting = await _outcome(district)
    assert (waiting.linked, waiting.sure) == (0, questions)
    assert f"{questions} sign-ups are ready" in (await _why(district) or "")
    await district.take(club, "evidence", forms[:3])
    await district.settle()
    assert await district.bytes() == before, "what comes later waits with them"
    with pytest.raises(Conflict, match=f"{questions} links wait by now, and {questions - 1} were shown"):
        await _let_through(district, club, questions - 1)

    await _let_through(district, club, questions)
    assert (await _state(district), await _why(district)) == (linked, None)
    with pytest.raises(Conflict, match="No links of source"):
        await _let_through(district, club, questions)


async def test_so_many_links_as_the_district_sets_are_made_without_a_person(district: District) -> None:
    sis, club = await _sources(district)
    children = [("1", "Ada", "Stone", "2012-03-04"), ("2", "Marcus", "Hill", "2011-05-06")]
    await _list(district, sis, children)
    await district.take(club, "evidence", [_form(key, f"{first} {last}", born) for key, first, last, born in children])
    await district.settle()
    await _mode(district, club, "automatic", at_once=2)
    assert (len(await district.records()), await _why(district)) == (2, None)
    await _mode(district, club, "automatic", at_once=1)
    assert len(await district.records()) == 2, "links that were made stay"


async def test_a_crowd_that_is_ready_no_longer_holds_nothing_back(district: District) -> None:
    sis, club = await _sources(district)
    children = [("1", "Ada", "Stone", "2012-03-04"), ("2", "Marcus", "Hill", "2011-05-06")]
    await _list(district, sis, children)
    await district.take(club, "evidence", [_form(key, f"{first} {last}", born) for key, first, last, born in children])
    await district.settle()
    await _mode(district, club, "automatic", at_once=1)
    for question in await district.near_matches():
        assert await _why(district)
        await _decide(district, question, "different")
    assert (await _why(district), await district.near_matches()) == (None, [])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_order_of_arrival_makes_no_difference(district: District, seed: int) -> None:
    """Sign-ups, listings, renames and the switch in any order: the same learners, and the same questions."""
    sis, club = await _sources(district)
    children = roster(seed, 40)
    forms = _forms(sign_ups(seed, children, 30))
    await _list(district, sis, [_listed(child) for child in children])
    await district.take(club, "evidence", forms)
    await district.settle()
    await _mode(district, club, "automatic")
    expected = await _state(district)

    later = District(district.db, await _another(district))
    sis, club = await _sources(later)
    chance = Random(seed)
    await later.take(club, "evidence", [_renamed(form, chance) for form in chance.sample(forms, 6)])
    await _list(later, sis, [_mistaken(child, chance) for child in chance.sample(children, 6)])
    parts = [("forms", part) for part in _parts(forms, chance)] + [("list", part) for part in _parts(children, chance)]
    switch = chance.randrange(len(parts))
    for n, (kind, part) in enumerate(chance.sample(parts, len(parts))):
        if kind == "forms":
            await later.take(club, "evidence", part)
        else:
            await _list(later, sis, [_listed(child) for child in part])
        await later.settle()
        if n == switch:
            await _mode(later, club, "automatic")
    await _mode(later, club, "automatic")  # the names are counted anew, over the same people
    assert await _state(later) == expected


@pytest.mark.parametrize("seed", [1, 2])
async def test_replay_and_a_second_pull_change_no_decision(district: District, seed: int) -> None:
    """The ledger stays as it is, line by line, and what people decided is in it."""
    sis, club = await _sources(district)
    children = roster(seed, 40)
    listed, forms = [_listed(child) for child in children], _forms(sign_ups(seed, children, 30))
    await _list(district, sis, listed)
    await district.take(club, "evidence", forms)
    await district.settle()
    await _mode(district, club, "automatic")
    for question, judgement in zip((await district.near_matches())[:2], ("same", "different"), strict=False):
        await _decide(district, question, judgement)  # type: ignore[arg-type]  # one of the two
    ledger, records = await _ledger(district), await district.bytes()
    assert {line[-1] for line in ledger} >= {"a test", "scores"}

    for again in (forms, Random(seed).sample(forms, len(forms))):
        await _list(district, sis, listed)
        await district.take(club, "evidence", again)
        await district.settle()
    await scored.rematch(district.db, district.tenant.id, club.id)
    await scored.rematch(district.db, district.tenant.id, sis.id)
    await district.settle()
    assert await _ledger(district) == ledger
    assert await district.bytes() == records


async def _sources(district: District) -> tuple[Source, Source]:
    return await district.source("sis", "oneroster"), await district.source("club", "evidence")


async def _list(district: District, sis: Source, people: list[tuple[str, str, str, str]]) -> None:
    identified = [
        user(key, given_name, family, userIds=[{"type": "state", "identifier": f"900{key}"}])
        for key, given_name, family, _ in people
    ]
    await district.take(sis, "users", identified)
    await district.take(sis, "demographics", [_born(key, born) for key, _, _, born in people])


def _born(key: str, born: str) -> dict[str, Any]:
    return {"sourcedId": key, "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": born}


def _listed(child: Child) -> tuple[str, str, str, str]:
    assert child.birth is not None
    return child.true, child.given, child.family, child.birth.isoformat()


def _mistaken(child: Child, chance: Random) -> tuple[str, str, str, str]:
    """A child listed with a wrong family name at first."""
    key, first, _, born = _listed(child)
    return key, first, chance.choice(("Nobody", "Somebody")), born


def _renamed(form: dict[str, Any], chance: Random) -> dict[str, Any]:
    """A form as it was before its name was mended."""
    first, *_ = form["learner"]["name"]["full"].split()
    return form | {"learner": form["learner"] | {"name": {"full": f"{first} {chance.choice(('Nobody', 'Somebody'))}"}}}


def _parts(items: list[T], chance: Random) -> list[list[T]]:
    """Some at a time, in any order."""
    shuffled = chance.sample(items, len(items))
    return [shuffled[n : n + 8] for n in range(0, len(shuffled), 8)]


def _day(child: Child) -> str | None:
    return child.birth.isoformat() if child.birth else None


def _form(key: str, name: str, born: str | None, email: str | None = None, state: str = "") -> dict[str, Any]:
    """A piece of evidence as a program pushes it."""
    ids = {"program": f"c-{key}", "email": email, "state": state}
    identifiers = [{"type": kind, "value": value} for kind, value in ids.items() if value]
    learner = {"name": {"full": name}, "identifiers": identifiers} | ({"birthDate": born} if born else {})
    return {"id": key, "learner": learner, "name": "Robot"}


def _forms(children: list[Child]) -> list[dict[str, Any]]:
    return [_form(str(n), f"{c.given} {c.family}", _day(c), c.email or None) for n, c in enumerate(children)]


async def _mode(district: District, source: Source, mode: scored.Mode, at_once: int | None = None) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        if mode == "automatic":
            await scored.set_mode(tx, source.id, "propose", by="a test")
        await scored.set_mode(tx, source.id, mode, by="a test", at_once=at_once)
    await scored.rematch(district.db, district.tenant.id, source.id)
    await district.settle()


async def _let_through(district: District, source: Source, links: int) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await linking.let_through(tx, source.id, links, by="a test")
    await district.settle()


async def _outcome(district: District) -> OutcomeRow:
    """What scores say of the one source that is scored."""
    async with district.db.transaction(district.tenant.id) as tx:
        (row,) = [row for row in await scored.listed(tx) if row.mode != "off"]
        return row.outcome


async def _why(district: District) -> str | None:
    """Why links are held back; None where none is."""
    async with district.db.transaction(district.tenant.id) as tx:
        return next((row.why_held for row in await scored.listed(tx) if row.held_since), None)


async def _decide(district: District, question: DecisionRow, judgement: Literal["same", "different"]) -> None:
    left, right = decisions.refs_of(question)
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.decide(tx, left, right, judgement, by="a test", reason="they know them")
    await district.settle()


async def _another(district: District) -> TenantRow:
    return await tenants.add(district.db, "second", "Second District")


async def _state(district: District) -> tuple[set[frozenset[str]], set[tuple[str, str, str]]]:
    """Who is whom by their keys, and what is asked."""
    rows: dict[UUID | None, set[str]] = {}
    async with district.db.transaction(district.tenant.id) as tx:
        for source, key, learner in await tx.rows(
            """SELECT s.slug, p.key, p.learner_id FROM person p JOIN source s USING (tenant_id)
               WHERE s.id = p.source_id AND p.tenant_id = %s""",
            tx.tenant,
        ):
            rows.setdefault(learner, set()).add(f"{source}:{key}")
    questions = {(match.left_key, match.right_key, match.reason) for match in await district.near_matches()}
    return {frozenset(keys) for keys in rows.values()}, questions


async def _ledger(district: District) -> list[tuple[Any, ...]]:
    """Every decision there ever was, and by whom."""
    async with district.db.transaction(district.tenant.id) as tx:
        return await tx.rows(
            """SELECT id, left_source, left_key, right_source, right_key, judgement, rule, reason, ended_at, decided_by
               FROM decision WHERE tenant_id = %s ORDER BY id""",
            tx.tenant,
        )
