"""The queue: who is this, with whoever it may be; claimed, noted, set aside, decided by one or by two, and undone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import Conflict, NotFound
from app.identity import cases, scored
from app.identity.cases import Case
from tests.support.district import District, user

NOW = datetime.now(UTC)
TWINS = [("Ryan", "Hill", "2012-03-04"), ("Bryan", "Hill", "2012-03-04")]


async def test_a_case_shows_those_it_may_be_side_by_side_and_one_word_decides_it(district: District) -> None:
    await _twins_and_sign_up(district)
    (case,) = await _listed(district)
    assert [candidate.portrait.names for candidate in case.candidates] == [["Ryan Hill"], ["Bryan Hill"]]
    assert case.portrait.names == ["Ryan Hill"]
    assert await _decide(district, case.candidates[0].pair, "same", "Lee") == "decided"
    assert (await _listed(district), len(await district.records())) == ([], 2)
    await _decide(district, await _decided(district), "open", "Lee")
    assert len(await _listed(district)) == 1
    assert len(await district.records()) == 3


async def test_none_of_them_is_said_once_for_all(district: District) -> None:
    await _twins_and_sign_up(district)
    (case,) = await _listed(district)
    await _decide(district, case.row.id, "different", "Lee")
    await _again(district)
    assert await _listed(district) == []
    assert len(await district.records()) == 3


async def test_a_claim_keeps_others_away_until_it_is_over(district: District) -> None:
    await _twins_and_sign_up(district)
    (case,) = await _listed(district)
    async with district.db.transaction(district.tenant.id) as tx:
        until = await cases.claim(tx, case.row.id, by="Lee", now=NOW)
    with pytest.raises(Conflict, match="Somebody else is looking"):
        await _decide(district, case.row.id, "different", "Kim")
    async with district.db.transaction(district.tenant.id) as tx:
        await cases.claim(tx, case.row.id, by="Kim", now=until + timedelta(seconds=1))
    with pytest.raises(Conflict, match="Somebody else is looking"):
        await _decide(district, case.row.id, "different", "Lee")
    async with district.db.transaction(district.tenant.id) as tx:
        await cases.release(tx, case.row.id, by="Kim", now=NOW)
    assert await _decide(district, case.row.id, "different", "Lee") == "decided"


async def test_what_cannot_be_told_comes_back_when_something_more_is_known(district: District) -> None:
    await _twins_and_sign_up(district)
    (case,) = await _listed(district)
    assert await _decide(district, case.row.id, "not-enough", "Lee", "the club is asked") == "aside"
    await _again(district)
    assert await _listed(district) == []
    (aside,) = await _listed(district, aside=True)
    assert aside.row.note == "the club is asked"
    sis = await district.again("sis")
    await _list(district, sis.slug, [*TWINS, ("Ryan", "Hill", "2012-03-05")])
    await district.settle()
    assert len(await _listed(district)) == 1


async def test_of_a_delicate_source_two_people_say_the_same(district: District) -> None:
    await _twins_and_sign_up(district, second_person=True)
    (case,) = await _listed(district)
    ryan, bryan = (candidate.pair for candidate in case.candidates)
    assert await _decide(district, ryan, "same", "Lee") == "second"
    assert await _decide(district, ryan, "same", "Lee") == "second", "one person is not two"
    assert await _decide(district, bryan, "same", "Kim") == "second", "they do not say the same"
    (waiting,) = await _listed(district)
    assert (waiting.row.proposed, waiting.row.proposed_by) == ("same", "Kim")
    assert len(await district.records()) == 3
    async with district.db.transaction(district.tenant.id) as tx:
        await cases.decide_between(tx, case.ref, case.candidates[1].ref, "same", by="Kim", reason="sure", now=NOW)
    await district.settle()
    assert len(await district.records()) == 3, "by no other way either"
    assert await _decide(district, bryan, "same", "Lee") == "decided"
    assert len(await district.records()) == 2


async def test_cases_are_counted_and_found_by_source_and_age(district: District) -> None:
    club = await _twins_and_sign_up(district)
    async with district.db.transaction(district.tenant.id) as tx:
        waits = await cases.waits(tx, NOW)
        assert (waits.waiting, waits.aside, waits.decided) == (1, 0, None)
        assert waits.median is not None
        assert len(await cases.listed(tx, source=club)) == 1
        assert await cases.listed(tx, source=club + 1) == []
        assert await cases.listed(tx, before=NOW - timedelta(days=1)) == []
    (case,) = await _listed(district)
    await _decide(district, case.row.id, "different", "Lee")
    async with district.db.transaction(district.tenant.id) as tx:
        waits = await cases.waits(tx, NOW - timedelta(days=1))
    assert (waits.waiting, waits.median) == (0, None)
    assert waits.decided is not None
    with pytest.raises(NotFound):
        await _decide(district, 987654, "different", "Lee")


async def _twins_and_sign_up(district: District, *, second_person: bool = False) -> int:
    """Twins, and a sign-up that one of them is: the club's number."""
    await district.source("sis", "oneroster")
    club = await district.source("club", "evidence")
    await _list(district, "sis", TWINS)
    await district.take(club, "evidence", [_form()])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await scored.set_mode(tx, club.id, "propose", by="a test", second_person=second_person)
    await scored.rematch(district.db, district.tenant.id, club.id)
    await district.settle()
    return club.id


async def _again(district: District) -> None:
    """Everything is told once more."""
    await _list(district, "sis", TWINS)
    await district.take(await district.again("club"), "evidence", [_form()])
    await scored.rematch(district.db, district.tenant.id, (await district.again("club")).id)
    await district.settle()


async def _list(district: District, slug: str, people: list[tuple[str, str, str]]) -> None:
    source = await district.again(slug)
    await district.take(source, "users", [user(f"{n}", first, family) for n, (first, family, _) in enumerate(people)])
    born = [
        {"sourcedId": f"{n}", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": day}
        for n, (_, _, day) in enumerate(people)
    ]
    await district.take(source, "demographics", born)


def _form() -> dict[str, Any]:
    name, program = {"full": "Ryan Hill"}, [{"type": "program", "value": "c-1"}]
    return {"id": "a", "name": "Robot", "learner": {"name": name, "birthDate": "2012-03-04", "identifiers": program}}


async def _listed(district: District, *, aside: bool = False) -> list[Case]:
    async with district.db.transaction(district.tenant.id) as tx:
        return await cases.listed(tx, aside=aside)


async def _decide(district: District, pair: int, judgement: str, by: str, reason: str = "they know them") -> str:
    async with district.db.transaction(district.tenant.id) as tx:
        outcome = await cases.decide(tx, pair, judgement, by=by, reason=reason, now=NOW)
    await district.settle()
    return outcome


async def _decided(district: District) -> int:
    """The number of the one decision that a person made."""
    async with district.db.transaction(district.tenant.id) as tx:
        (row,) = await decisions_by_people(tx)
    return row


async def decisions_by_people(tx: Any) -> list[int]:
    """The decisions in force that people made."""
    rows = await tx.rows(
        "SELECT id FROM decision WHERE tenant_id = %s AND rule = 'person' AND ended_at IS NULL", tx.tenant
    )
    return [number for (number,) in rows]
