"""Weights are learned from a district's own sign-ups, are in force where they are better, and go as they came."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.db.identity import matching
from app.identity import learning, scored
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.households import Child, roster, sign_ups

CHILDREN, SIGN_UPS = 420, 420


async def test_enough_sign_ups_bring_weights_of_their_own(district: District) -> None:
    club = await _scored(district, SIGN_UPS)
    before, questions = await district.bytes(), await district.near_matches()
    comparison = await scored.learn(district.db, district.tenant.id)
    assert comparison is not None
    assert comparison.taken, comparison.reason
    assert comparison.learned_loss < comparison.shipped_loss
    in_force = await _weights(district)
    assert (in_force.version, in_force.compared) == (comparison.version, comparison)
    await district.settle()
    after = await district.near_matches()
    assert {match.reason for match in after} != {match.reason for match in questions}, "they are asked about by them"
    again = await learning.learn(district.db, district.tenant.id)
    assert again == learning.Learned(comparison, changed=False), "the same people give the same weights"

    await _mode(district, club, "automatic")
    assert await _mistaken(district) == []
    await _mode(district, club, "off")
    assert await scored.learn(district.db, district.tenant.id) is None
    assert await district.bytes() == before


async def test_of_few_sign_ups_nothing_is_learned_and_the_shipped_weights_hold(district: District) -> None:
    await _scored(district, 60)
    before = await district.near_matches()
    comparison = await scored.learn(district.db, district.tenant.id)
    assert comparison is not None
    assert (comparison.taken, "200 are needed to learn from" in comparison.reason) == (False, True)
    assert (await _weights(district)).version == "shipped"
    await district.settle()
    assert await district.near_matches() == before


async def test_they_are_learned_once_a_week(district: District) -> None:
    now = datetime.now(UTC)

    async def due(after: timedelta) -> bool:
        async with district.db.transaction(district.tenant.id) as tx:
            return await matching.learning_due(tx, now + after - timedelta(days=7))

    await _scored(district, 5)
    assert await due(timedelta())
    await scored.learn(district.db, district.tenant.id)
    assert [await due(timedelta(days=day)) for day in (0, 6, 8)] == [False, False, True]


async def _scored(district: District, count: int) -> Source:
    """A roster, and a program whose sign-ups are scored; a part of them know their number, or another's."""
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    children = roster(31, CHILDREN)
    await district.take(sis, "users", [_user(child) for child in children])
    await district.take(sis, "demographics", [_demographics(child) for child in children])
    await district.take(club, "evidence", [_form(n, form) for n, form in enumerate(sign_ups(31, children, count))])
    await district.settle()
    await _mode(district, club, "propose")
    return club


async def _mode(district: District, source: Source, mode: scored.Mode) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await scored.set_mode(tx, source.id, mode, by="a test", at_once=1000)
    await scored.rematch(district.db, district.tenant.id, source.id)
    await district.settle()


def _user(child: Child) -> dict[str, Any]:
    numbers = [{"type": "state", "identifier": child.number}]
    email = {"email": child.email} if child.email else {}
    return user(child.true, child.given, child.family, userIds=numbers, **email)


def _demographics(child: Child) -> dict[str, Any]:
    assert child.birth is not None
    stamp = {"sourcedId": child.true, "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    return stamp | {"birthDate": child.birth.isoformat()}


def _form(n: int, child: Child) -> dict[str, Any]:
    ids = {"program": f"c-{n}", "email": child.email, "state": child.number}
    identifiers = [{"type": kind, "value": value} for kind, value in ids.items() if value]
    born = {"birthDate": child.birth.isoformat()} if child.birth else {}
    name = {"full": f"{child.given} {child.family}"}
    return {
        "id": f"{n}:{child.true}",
        "learner": {"name": name, "identifiers": identifiers} | born,
        "name": f"Robot of {child.true}",
    }


async def _weights(district: District) -> scored.Weights:
    async with district.db.transaction(district.tenant.id) as tx:
        return await scored.weights(tx)


async def _mistaken(district: District) -> list[str]:
    """What stands in the record of a child with a number, and another child has done."""
    done: list[tuple[int, str]] = []
    for record in (await district.records()).values():
        numbers = {int(known["value"]) for known in record["identifiers"] if known["type"] == "state"}
        done += [(number, entry["name"]) for number in numbers for entry in record["evidence"]]
    assert len(done) > SIGN_UPS / 2
    return [f"{number}: {name}" for number, name in done if name != f"Robot of {(number - 4_000_000) // 7}"]
