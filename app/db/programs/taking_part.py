"""Who of a district's learners there is, by school and group, and who of them takes part in programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """A learner as rosters tell of them: a school, a grade, and what they say of who the learner is."""

    id: UUID
    school: str | None
    grade: str | None
    sex: str | None
    races: list[str]
    hispanic: bool | None


async def learners(tx: Tx) -> list[LearnerRow]:
    """Every learner of the district who has a record, with one school, one grade and one group each.

    Of several sources the one that is asked first counts, as in the record.
    """
    return await tx.all(
        LearnerRow,
        """WITH said AS (
               SELECT p.learner_id, r.source_id, s.rank, s.slug COLLATE "C" AS slug, r.body FROM person p JOIN record r ON r.tenant_id = p.tenant_id
                   AND r.source_id = p.source_id AND r.person = p.key AND r.kind = 'person' AND r.state = 'current'
               JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id
               WHERE p.tenant_id = %(tenant)s AND p.learner_id IS NOT NULL
           ), org AS MATERIALIZED (  -- once each: a file says its learners' school on every row
               SELECT DISTINCT ON (source_id, key) source_id, key, body->>'name' AS name FROM record
               WHERE tenant_id = %(tenant)s AND kind = 'org' AND person IS NULL AND state = 'current'
                   AND body->>'type' = 'school'
               ORDER BY source_id, key, stream COLLATE "C", raw_key COLLATE "C", n
           ), place AS MATERIALIZED (
               SELECT said.learner_id, said.source_id, said.rank, said.slug, o->>'org' AS key,
                      (o->>'org' = said.body->>'primary_org') IS TRUE AS first
               FROM said CROSS JOIN LATERAL json_array_elements(coalesce(said.body->'roles', '[]')) o
               WHERE o->>'role' = 'student'
           ), school AS (
               SELECT DISTINCT ON (place.learner_id) place.learner_id, org.name FROM place JOIN org USING (source_id, key)
               ORDER BY place.learner_id, place.rank, place.slug, place.first DESC, org.name, org.key
           ), grade AS (
               SELECT DISTINCT ON (learner_id) learner_id, body->'grades'->>0 AS grade FROM said
               WHERE body->'grades'->>0 IS NOT NULL ORDER BY learner_id, rank, slug
           ), demographics AS (
               SELECT DISTINCT ON (p.learner_id) p.learner_id, r.body FROM person p JOIN record r
                   ON r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key
                   AND r.kind = 'demographics' AND r.state = 'current'
               JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id
               WHERE p.tenant_id = %(tenant)s AND p.learner_id IS NOT NULL
               ORDER BY p.learner_id, s.rank, s.slug COLLATE "C", r.received_at DESC
           )
           SELECT l.id, school.name AS school, grade.grade AS grade, d.body->>'sex' AS sex,
                  ARRAY(SELECT json_array_elements_text(coalesce(d.body->'races', '[]'))) AS races,
                  (d.body->>'hispanic')::boolean AS hispanic
           FROM learner l LEFT JOIN school ON school.learner_id = l.id LEFT JOIN grade ON grade.learner_id = l.id
           LEFT JOIN demographics d ON d.learner_id = l.id
           WHERE l.tenant_id = %(tenant)s AND l.body IS NOT NULL AND l.merged_into IS NULL ORDER BY l.id""",
        tenant=tx.tenant,
    )


async def taking_part(tx: Tx, begins: datetime, ends: datetime) -> list[tuple[UUID, bool, bool]]:
    """Whose work was handed in within a time, as it stood at its end: learner, whether any was accepted, any at work.

    What is decided later changes nothing of it. At work is what a program of that setting handed in, or was part of
    an internship.
    """
    return await tx.rows(
        """SELECT s.learner_id, bool_or(stood.state = 'accepted'),
                  bool_or(stood.state = 'accepted'
                          AND (coalesce(s.body->>'setting', p.setting) = 'work' OR o.kind = 'internship') IS TRUE)
           FROM submission s JOIN program p ON p.tenant_id = s.tenant_id AND p.id = s.program_id
           LEFT JOIN opportunity o ON o.tenant_id = s.tenant_id AND o.id = (s.body->>'opportunity')::uuid
           CROSS JOIN LATERAL (
               SELECT (array_agg(t.after ORDER BY t.id DESC))[1] AS state,
                      bool_or(t.step IN ('whose', 'accept')) AS known
               FROM submission_step t
               WHERE t.tenant_id = s.tenant_id AND t.submission_id = s.id AND t.made_at < %(ends)s
           ) stood
           WHERE s.tenant_id = %(tenant)s AND s.learner_id IS NOT NULL AND (stood.known OR s.whose = 'account')
             AND stood.state NOT IN ('draft', 'withdrawn') AND s.made_at >= %(begins)s AND s.made_at < %(ends)s
           GROUP BY s.learner_id""",
        begins=begins,
        ends=ends,
    )


async def nobodys(tx: Tx, begins: datetime, ends: datetime) -> int:
    """How much was handed in within a time of which nobody has said whose it is."""
    count: int = await tx.one(
        """SELECT count(*) FROM submission WHERE tenant_id = %(tenant)s AND learner_id IS NULL
             AND state NOT IN ('draft', 'withdrawn') AND made_at >= %(begins)s AND made_at < %(ends)s""",
        begins=begins,
        ends=ends,
    )
    return count


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Accepted work of a learner, its program with its setting, and what it was part of, if of anything."""

    id: UUID
    body: str
    program: str
    setting: str
    opportunity: UUID | None
    offer: str | None


async def accepted_works(tx: Tx, learners: Sequence[UUID]) -> list[WorkRow]:
    """What of these learners is in the record and nobody took back their consent to, the first done first."""
    return await tx.all(
        WorkRow,
        """SELECT s.id, s.body::text AS body, p.name AS program, p.setting, o.id AS opportunity, o.body::text AS offer
           FROM submission s JOIN program p ON p.tenant_id = s.tenant_id AND p.id = s.program_id
           LEFT JOIN opportunity o ON o.tenant_id = s.tenant_id AND o.id = (s.body->>'opportunity')::uuid
           WHERE s.tenant_id = %(tenant)s AND s.learner_id = ANY(%(learners)s) AND s.state = 'accepted'
             AND s.consent_ended_at IS NULL
           ORDER BY coalesce(s.body->>'on', s.made_at::date::text), s.made_at, s.id""",
        learners=list(learners),
    )
