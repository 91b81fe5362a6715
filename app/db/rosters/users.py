"""As which user a person is served, and what is said of users whose statements differ from what is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db import Tx
from app.db.rosters.gathering import VERSION


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user to be made anew. `alive`: a source still has them; `learner`: they are one; `mark` is that of their statements."""

    sourced_id: UUID
    alive: bool
    learner: bool
    mark: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement about a user, the most believed first."""

    sourced_id: UUID
    source_id: int
    body: str


async def assign(tx: Tx, sources: Sequence[int]) -> None:
    """Say as which user each person of these sources is served: those who are one learner are one user.

    A user's id is the own id of one of its persons: of the one who was served first or, where none was, of the preferred
    source's. So an id stays who it was when persons are joined and parted and whatever source comes beside them, and it
    is never another child's.
    """
    await tx.run(
        """WITH member AS (
               SELECT p.source_id, p.key, p.own_id, coalesce(p.learner_id, p.own_id) AS whole, served.place, o.since
               FROM unnest(%(sources)s::int[]) WITH ORDINALITY AS served (id, place)
               JOIN person p ON p.tenant_id = %(tenant)s AND p.source_id = served.id
               LEFT JOIN roster_object o ON o.tenant_id = %(tenant)s AND o.collection = 'users'
                   AND o.sourced_id = p.own_id
               WHERE EXISTS (SELECT FROM record r WHERE r.tenant_id = %(tenant)s AND r.source_id = p.source_id
                             AND r.person = p.key AND r.kind = 'person')),
           head AS (SELECT DISTINCT ON (whole) whole, own_id FROM member ORDER BY whole, since NULLS LAST, place, key),
           assigned AS (SELECT m.source_id, m.key, h.own_id AS sourced_id FROM member m JOIN head h USING (whole)),
           gone AS (
               DELETE FROM roster_user u WHERE tenant_id = %(tenant)s AND NOT EXISTS (
                   SELECT FROM assigned w WHERE w.source_id = u.source_id AND w.key = u.key))
           INSERT INTO roster_user AS u (tenant_id, source_id, key, sourced_id)
           SELECT %(tenant)s, source_id, key, sourced_id FROM assigned
           ON CONFLICT (tenant_id, source_id, key) DO UPDATE SET sourced_id = excluded.sourced_id
           WHERE u.sourced_id <> excluded.sourced_id""",
        sources=list(sources),
    )


async def differing(tx: Tx, sources: Sequence[int]) -> list[UserRow]:
    """Users whose statements or enrollments differ from what is served, and users whom no source has any more."""
    return await tx.all(
        UserRow,
        """WITH said AS (
               SELECT u.sourced_id, bool_or(r.state = 'current') AS alive, bool_or(p.learner_id IS NOT NULL) AS learner,
                      string_agg(concat_ws('|', r.source_id, served.place, r.said, r.state), ','
                                 ORDER BY served.place, r.stream, r.raw_key, r.n) AS words
               FROM unnest(%(sources)s::int[]) WITH ORDINALITY AS served (id, place)
               JOIN roster_user u ON u.tenant_id = %(tenant)s AND u.source_id = served.id
               JOIN person p ON p.tenant_id = %(tenant)s AND p.source_id = u.source_id AND p.key = u.key
               JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = u.source_id AND r.person = u.key
                   AND r.kind = 'person'
               GROUP BY u.sourced_id),
           enrolled AS (
               SELECT (body#>>'{user,sourcedId}')::uuid AS sourced_id,
                      string_agg(DISTINCT concat_ws('|', kinds[1], body#>>'{school,sourcedId}'), ',') AS words
               FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'enrollments' AND active GROUP BY 1),
           marked AS (
               SELECT s.sourced_id, s.alive, s.learner,
                      hashtextextended(concat_ws('#', %(version)s::int, s.words, s.learner, e.words,
                          (SELECT max(modified)::text FROM roster_object WHERE tenant_id = %(tenant)s
                           AND collection = 'orgs')), 0) AS mark
               FROM said s LEFT JOIN enrolled e USING (sourced_id))
           SELECT coalesce(m.sourced_id, o.sourced_id) AS sourced_id, coalesce(m.alive, false) AS alive,
                  coalesce(m.learner, false) AS learner, coalesce(m.mark, 0) AS mark
           FROM marked m
           FULL JOIN (SELECT sourced_id, mark, active FROM roster_object WHERE tenant_id = %(tenant)s
                      AND collection = 'users') o USING (sourced_id)
           WHERE m.mark IS DISTINCT FROM o.mark AND (m.sourced_id IS NOT NULL OR o.active)
           ORDER BY 1""",
        sources=list(sources),
        version=VERSION,
    )


async def statements(tx: Tx, sources: Sequence[int], users: Sequence[UUID]) -> list[StatementRow]:
    """What the sources say of these users: what is current before what is not, the preferred source first."""
    return await tx.all(
        StatementRow,
        """SELECT u.sourced_id, r.source_id, r.body::text AS body
           FROM unnest(%(sources)s::int[]) WITH ORDINALITY AS served (id, place)
           JOIN roster_user u ON u.tenant_id = %(tenant)s AND u.source_id = served.id AND u.sourced_id = ANY(%(users)s)
           JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = u.source_id AND r.person = u.key
               AND r.kind = 'person'
           ORDER BY u.sourced_id, r.state <> 'current', served.place, r.stream, r.raw_key, r.n""",
        sources=list(sources),
        users=list(users),
    )


async def orgs(tx: Tx) -> dict[tuple[int, str], str]:
    """The ids of all orgs, by what they were made of."""
    rows = await tx.rows(
        """SELECT source_id, key, sourced_id::text FROM roster_object WHERE tenant_id = %(tenant)s
           AND collection = 'orgs' AND source_id IS NOT NULL""",
        tenant=tx.tenant,
    )
    return {(source, key): sourced_id for source, key, sourced_id in rows}


async def ids(tx: Tx, persons: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """As which users these persons (source, key) are served."""
    sources, keys = zip(*persons, strict=True) if persons else ((), ())
    rows = await tx.rows(
        """SELECT u.source_id, u.key, u.sourced_id::text FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS p (id, key)
           JOIN roster_user u ON u.tenant_id = %(tenant)s AND u.source_id = p.id AND u.key = p.key""",
        sources=list(sources),
        keys=list(keys),
    )
    return {(source, key): sourced_id for source, key, sourced_id in rows}


async def enrolled(tx: Tx) -> list[tuple[UUID, str, str]]:
    """The roles in which users are enrolled at schools, each once: (user, role, school)."""
    return await tx.rows(
        """SELECT DISTINCT (body#>>'{user,sourcedId}')::uuid, kinds[1], body#>>'{school,sourcedId}' FROM roster_object
           WHERE tenant_id = %(tenant)s AND collection = 'enrollments' AND active ORDER BY 1, 2, 3""",
        tenant=tx.tenant,
    )


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """A number that a person is known by, and whose numbers it is one of."""

    type: str
    value: str
    issuer: str


async def identifier(tx: Tx, sourced_id: UUID) -> IdentifierRow | None:
    """A number of a user that is theirs alone, the surest first; None where none is told."""
    return await tx.first(
        IdentifierRow,
        """SELECT i.type, i.value, i.issuer FROM roster_user u JOIN identifier i ON i.tenant_id = u.tenant_id
               AND i.source_id = u.source_id AND i.person = u.key
           WHERE u.tenant_id = %(tenant)s AND u.sourced_id = %(user)s AND i.type = ANY(%(types)s)
               AND NOT EXISTS (SELECT FROM crowd c WHERE c.tenant_id = i.tenant_id
                               AND (c.type, c.value, c.issuer) = (i.type, i.value, i.issuer))
           ORDER BY array_position(%(types)s, i.type), i.source_id, i.value LIMIT 1""",
        user=sourced_id,
        types=["sourced", "district", "state"],
    )
