"""Whichever source is removed: nothing points at a statement that is not there, and accepted work stands as one."""

import json
from collections.abc import Sequence
from uuid import UUID

import pytest

from app.db import Tx
from app.db.access import tenants
from app.errors import Conflict
from app.jobs.tasks import remove_source
from app.pipeline.retire import retire
from app.programs import accepting, programs, reviewing, submitting, whose
from app.programs.judging import Mark
from app.records.removal import remove
from app.records.settle import settle
from app.sources import known
from app.sources.source import open_source
from app.wallet.into_record import add_to_record
from app.wallet.submitted import JSON, OPEN_BADGES, read
from tests.support.api import Api, bearer, problem_of
from tests.support.district import District, class_, enrollment, user
from tests.support.limits import LOOPBACK
from tests.support.people import sign_in
from tests.support.plans import goal, plan, step
from tests.support.programs import REVIEWER, Club, club, handed_in, now, numbered
from tests.support.wallet import BADGE

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
PAST = {
    "client": "revoked_at IS NOT NULL",
    "assertion": "ended_at IS NOT NULL",
    "decision": "ended_at IS NOT NULL",
    "held_number": "true",
    "held_role": "ends <= now()",
    "invitation": "ended_at IS NOT NULL OR used_at IS NOT NULL",
}
"""Tables that tell of a removed source what was, and how it shows that it is over."""
REFUSED = {"_consented", "program-robotics-club"}


async def accepted(api: Api, robotics: Club, learner: UUID | None = None, title: str = "A robot") -> UUID:
    """A submission that was accepted: by its number, or for the learner whose a person said it is."""
    named = {} if learner else {"learner": numbered()}
    submission = await handed_in(api, robotics, title=f"{title} {learner or ''}", **named)
    async with api.db.transaction(api.tenant) as tx:
        if learner:
            row = await submitting.own(tx, robotics.program, submission, lock=True)
            await whose.decide(tx, row, learner, REVIEWER, now())
        await reviewing.claim(tx, submission, REVIEWER, now())
        await reviewing.review(tx, api.app.state.service, submission, "accept", GOOD, None, REVIEWER, now())
    return submission


async def whole_district(api: Api) -> tuple[Club, UUID]:
    """Ada, as rosters, programs and her own app know her, and what people made of it; what was accepted."""
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    roster = District(api.db, owner)
    sis = await roster.source(
        "sis",
        "oneroster",
        base_url="https://sis.example.org",
        token_url="https://sis.example.org/token",
        client_id="x",
        client_secret="y",
    )
    number = {"userIds": [{"type": "district", "identifier": "100482"}]}
    await roster.take(sis, "users", [user("u1", **number), user("u2", "Bo", "Bee")])
    await roster.take(sis, "classes", [class_("k1", "Shop")])
    await roster.take(sis, "enrollments", [enrollment("e1", "u1", "k1"), enrollment("e2", "u2", "k1")])
    lab = await api.pusher(slug="lab")
    learner = UUID(await api.learner(lab))
    robotics = await club(api)
    lamp = {"name": "A lamp", "alignments": [{"code": "W.1"}], "result": {"score": 3, "max": 3}}
    await api.learner(await api.pusher(slug="museum"), id="m-1", **lamp)
    submission = await accepted(api, robotics)
    await accepted(api, robotics, learner)
    evidence = [
        {"title": key, "source": slug, "rawKey": key} for slug, key in (("museum", "m-1"), ("lab", "robotics-1"))
    ]
    body = plan(goal("cut", {**step("W.1"), "evidence": evidence}))
    made = await api.http.post(f"/v1/learners/{learner}/plans", json=body, headers=lab)
    assert made.status_code == 201, made.text
    async with api.db.transaction(api.tenant) as tx:
        handed = read(json.dumps(BADGE).encode(), JSON, OPEN_BADGES)
        await add_to_record(tx, api.app.state.service.vault, learner, handed, "an app")
    await sign_in(api.app, api.tenant, "leader", source=sis.id, org="north", person=(sis.id, "u9"))
    await settle(api.db, api.tenant)
    return robotics, submission


async def pointers(tx: Tx, sources: Sequence[int]) -> list[str]:
    """What points at a source or a statement that is not there."""
    columns = await tx.rows(
        """SELECT c.table_name, c.column_name FROM information_schema.columns c
           JOIN information_schema.tables t USING (table_schema, table_name)
           WHERE c.column_name IN ('source_id', 'left_source', 'right_source') AND t.table_schema = current_schema()
             AND t.table_type = 'BASE TABLE' ORDER BY 1, 2"""
    )
    assert len(columns) > 25
    dangling = []
    for table, column in columns:
        over = f"AND NOT ({PAST[table]})" if table in PAST else ""
        query = f"SELECT count(*) FROM {table} WHERE tenant_id = %(tenant)s AND {column} <> ALL(%(sources)s) {over}"
        if count := await tx.one(query, sources=list(sources)):  # type: ignore[arg-type]
            dangling.append(f"{table}.{column}: {count}")
    for words, query in STATEMENTS.items():
        dangling += [f"{words}: {row}" for row in await tx.rows(query, sources=list(sources))]
    return dangling


STATEMENTS = {
    "an accepted submission without its evidence": """SELECT s.id FROM submission s
        JOIN program p ON p.tenant_id = s.tenant_id AND p.id = s.program_id
        WHERE s.tenant_id = %(tenant)s AND s.state = 'accepted' AND NOT EXISTS (SELECT FROM entry e
            JOIN issued_credential c ON c.tenant_id = s.tenant_id AND c.id = s.credential_id AND c.state = 'active'
            WHERE e.tenant_id = s.tenant_id AND e.source_id = p.source_id AND e.raw_key = s.id::text
              AND c.learner_id = s.learner_id AND e.learner_id IN (
                WITH RECURSIVE led (id, went) AS (
                    SELECT l.id, l.merged_into FROM learner l WHERE l.tenant_id = s.tenant_id AND l.id = s.learner_id
                    UNION SELECT l.id, l.merged_into FROM led JOIN learner l
                        ON l.tenant_id = s.tenant_id AND l.id = led.went)
                SELECT id FROM led WHERE went IS NULL))""",
    "a plan of nobody": """SELECT l.learner_id FROM plan l WHERE l.tenant_id = %(tenant)s AND NOT EXISTS (
        WITH RECURSIVE led (id, went) AS (
            SELECT id, merged_into FROM learner WHERE tenant_id = l.tenant_id AND id = l.learner_id
            UNION SELECT x.id, x.merged_into FROM led JOIN learner x ON x.tenant_id = l.tenant_id AND x.id = led.went)
        SELECT FROM led JOIN person p ON p.tenant_id = l.tenant_id AND p.learner_id = led.id)""",
    "evidence of a submission that is not accepted": """SELECT r.raw_key FROM record r
        JOIN program p ON p.tenant_id = r.tenant_id AND p.source_id = r.source_id
        WHERE r.tenant_id = %(tenant)s AND r.state <> 'retracted' AND r.kind = 'evidence' AND NOT EXISTS (
            SELECT FROM submission s WHERE s.tenant_id = r.tenant_id AND s.id::text = r.raw_key
                AND s.state = 'accepted')""",
    "a handed in credential that no record has": """SELECT h.id FROM held_credential h WHERE h.tenant_id = %(tenant)s
        AND NOT EXISTS (SELECT FROM entry e WHERE e.tenant_id = h.tenant_id AND e.raw_key = h.id::text)""",
    "an entry without its statement": """SELECT e.source_id, e.raw_key FROM entry e WHERE e.tenant_id = %(tenant)s
        AND NOT EXISTS (SELECT FROM record r WHERE r.tenant_id = e.tenant_id AND r.source_id = e.source_id
            AND r.stream = e.stream AND r.raw_key = e.raw_key)""",
    "a level decided by what is asserted no more": """SELECT m.learner_id, d FROM mastery m, unnest(m.deciding) d
        LEFT JOIN assertion a ON a.id = d AND a.ended_at IS NULL WHERE m.tenant_id = %(tenant)s AND a.id IS NULL""",
    "a question about nobody": """SELECT d.id FROM decision d WHERE d.tenant_id = %(tenant)s AND d.ended_at IS NULL
        AND (NOT EXISTS (SELECT FROM person p WHERE p.tenant_id = d.tenant_id AND p.source_id = d.left_source
                AND p.key = d.left_key)
          OR NOT EXISTS (SELECT FROM person p WHERE p.tenant_id = d.tenant_id AND p.source_id = d.right_source
                AND p.key = d.right_key))""",
}
"""What else speaks of statements, and is to be found with them."""


async def test_whichever_source_is_removed_nothing_points_at_what_is_not_there(api: Api) -> None:
    await whole_district(api)
    headers = bearer(await api.key())
    async with api.db.transaction(api.tenant) as tx:
        rows = {row.slug: row for row in await known.listed(tx)}
        assert await pointers(tx, [row.id for row in rows.values()]) == []
    assert rows.keys() > REFUSED
    for slug, row in sorted(rows.items(), key=lambda pair: pair[0] not in REFUSED):
        preview = (await api.http.get(f"/v1/sources/{row.id}/removal", headers=headers)).json()
        assert (preview["refused"] is not None) == (slug in REFUSED)
        answer = await api.http.delete(f"/v1/sources/{row.id}", params={"slug": slug}, headers=headers)
        if slug in REFUSED:
            assert "Retire it" in problem_of(answer, 409)["detail"]
            with pytest.raises(Conflict, match="not removed"):
                await remove(api.db, row)
        else:
            assert answer.status_code == 202, answer.text
        await remove_source(api.app.state.service, api.tenant, row.id)
        async with api.db.transaction(api.tenant) as tx:
            remaining = {each.slug: each.id for each in await known.listed(tx)}
            assert (slug in remaining) == (slug in REFUSED)
            assert await pointers(tx, list(remaining.values())) == [], f"after the removal of {slug}"
    assert remaining.keys() == REFUSED


async def test_a_programs_source_is_retired_and_its_work_stays_one(api: Api) -> None:
    """What was accepted stands, as past; what is taken back afterwards goes everywhere."""
    robotics, submission = await whole_district(api)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        row = await known.by_slug(tx, "program-robotics-club")
        sources = [source.id for source in await known.listed(tx)]
    await retire(api.db, open_source(row, service.vault, LOOPBACK))
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        assert await pointers(tx, sources) == []
        await accepting.retract(tx, service, submission, "a test", REVIEWER, now())
    late = await accepted(api, robotics, title="A lamp")
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        assert await pointers(tx, sources) == []
        for each, state in ((submission, "withdrawn"), (late, "accepted")):
            assert (await submitting.own(tx, robotics.program, each)).state == state
        assert (await programs.program_of(tx, robotics.program)).source_id == row.id
