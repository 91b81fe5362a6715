"""Who dies while sign-ups are scored and linked leaves ledger and records of one mind, and goes on where they were."""

import pytest
from psycopg import OperationalError

from app.identity import scored
from app.sources.source import Source
from tests.conftest import TestDatabase
from tests.support.district import District, user
from tests.support.dying import IMMORTAL, MortalDatabase, Writes

CHILDREN = (
    ("1", "Elizabeth", "Garcia", "2012-03-04"),
    ("2", "Marcus", "Hill", "2011-05-06"),
    ("3", "Ryan", "Stone", "2013-07-08"),
    ("4", "Bryan", "Stone", "2013-07-08"),
)
FORMS = (("a", "Liz Garcia", "2012-03-04"), ("b", "Marcus Hill", "2011-05-06"), ("c", "Ryan Stone", "2013-07-08"))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_cut_off_at_every_write_scores_go_on_as_if_nothing_had_been(
    district: District, database: TestDatabase
) -> None:
    """Two are found, and the twin waits; switched on and off, the connection is gone before one write after another."""
    club = await _world(district)
    off = await _state(district)
    await _switch(district, club, "automatic")
    automatic = await _state(district)
    assert len(off[0]) == len(automatic[0]) + 2
    async with MortalDatabase(database.service_url, 4) as mortal:
        mortal_district, deaths = District(mortal, district.tenant), 0
        for mode, expected in (("off", off), ("automatic", automatic)) * 2:
            fatal, died = 1 + deaths % 2, True  # of one round the odd writes, of the next the even ones
            while died:
                mortal.writes = Writes(fatal, lambda connection: connection.pgconn.finish())
                died = await _dies(mortal_district, club, mode, mortal)
                await _of_one_mind(district)
                deaths, fatal = deaths + died, fatal + 2
            await _switch(district, club, mode)
            assert await _state(district) == expected
    assert deaths > 20


async def _dies(district: District, club: Source, mode: scored.Mode, mortal: MortalDatabase) -> bool:
    """Switch with a connection that is cut; whether it came to that."""
    try:
        await _switch(district, club, mode)
    except OperationalError:
        return True
    finally:
        mortal.writes = IMMORTAL
    return False


async def _of_one_mind(district: District) -> None:
    """Whom a score joins is one learner, and of whom it asks are two, but for whom is still to be settled."""
    async with district.db.transaction(district.tenant.id) as tx:
        apart = await tx.rows(
            """SELECT d.left_key, d.right_key, d.judgement FROM decision d
               JOIN person l ON l.tenant_id = d.tenant_id AND l.source_id = d.left_source AND l.key = d.left_key
               JOIN person r ON r.tenant_id = d.tenant_id AND r.source_id = d.right_source AND r.key = d.right_key
               WHERE d.tenant_id = %s AND d.ended_at IS NULL AND d.decided_by = 'scores'
                 AND (d.judgement = 'same') <> (l.learner_id = r.learner_id)
                 AND NOT EXISTS (SELECT FROM touched t WHERE t.tenant_id = d.tenant_id
                                 AND (t.source_id = l.source_id AND l.key = ANY(t.persons)
                                      OR t.source_id = r.source_id AND r.key = ANY(t.persons)))""",
            tx.tenant,
        )
    assert apart == []


async def _world(district: District) -> Source:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    await district.take(sis, "users", [user(key, first, last) for key, first, last, _ in CHILDREN])
    stamp = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    born = [{"sourcedId": key, "birthDate": day} | stamp for key, _, _, day in CHILDREN]
    await district.take(sis, "demographics", born)
    forms = [
        {
            "id": key,
            "name": "Robot",
            "learner": {
                "name": {"full": name},
                "birthDate": day,
                "identifiers": [{"type": "program", "value": f"c-{key}"}],
            },
        }
        for key, name, day in FORMS
    ]
    await district.take(club, "evidence", forms)
    await district.settle()
    return club


async def _switch(district: District, club: Source, mode: scored.Mode) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        if mode == "automatic":
            await scored.set_mode(tx, club.id, "propose", by="a test")
        await scored.set_mode(tx, club.id, mode, by="a test")
    await scored.rematch(district.db, district.tenant.id, club.id)
    await district.settle()


async def _state(district: District) -> tuple[list[bytes], set[tuple[str, str, str]]]:
    """The records without the ids of their learners' making, and what is asked."""
    questions = {(match.left_key, match.right_key, match.reason) for match in await district.near_matches()}
    return sorted((await district.bytes()).values()), questions
