"""What a page changed: what its raw records said until then, beside what they say now; and who left which school."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import LiteralString, NamedTuple

from app.db import Tx
from app.db.bulk import texts
from schemas.grades import FOLLOWING

RISING = [(lower, upper) for lower, following in FOLLOWING.items() for upper in sorted(following)]
"""Each grade with each that follows it."""


class Leavers(NamedTuple):
    """Who of those with a role at a school has roles at others alone since a time: their raw keys, of how many."""

    school: str
    role: str
    keys: list[str]
    total: int
    name: str | None


class Revision(NamedTuple):
    """What a raw record says of a person or an organization, in JSON, and what it said before; None: the same."""

    raw_key: str
    before: str | None
    after: str


async def of_page(
    tx: Tx, source: int, stream: str, keys: Collection[str], *, at: datetime, mark: str
) -> list[Revision]:
    """What these raw records say, and what they said until the page came `at` that time. Who returns has no before.

    Also of whom the page made another child: after `mark` stands the number of the one who has a key.
    """
    return await tx.all(
        Revision,
        """SELECT r.raw_key, h.body::text AS before, r.body::text AS after
           FROM record r LEFT JOIN record_history h ON h.tenant_id = r.tenant_id AND h.source_id = r.source_id
               AND h.stream = r.stream AND h.n = r.n AND h.until = %(at)s AND h.state = 'current' AND h.kind = r.kind
               AND h.raw_key IN (r.raw_key, r.raw_key || %(mark)s
                   || (substring(r.person FROM %(mark)s || '([0-9]+)$')::int - 1))
           WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
               AND r.raw_key = ANY(%(keys)s::text[]) AND r.n = 0 AND r.state = 'current'
               AND r.kind IN ('person', 'demographics', 'org') ORDER BY r.raw_key""",
        source=source,
        stream=stream,
        keys=texts(keys),
        at=at,
        mark=mark,
    )


def _grade(grades: LiteralString) -> LiteralString:
    """The code of a grade that stands alone; null where there is none, or several."""
    grade: LiteralString = f"({grades}->>0)"
    return f"""(CASE WHEN json_array_length({grades}) = 1 THEN
        CASE WHEN length({grade}) = 1 THEN '0' || {grade} ELSE {grade} END END)"""


async def leavers(
    tx: Tx, source: int, stream: str, schools: Sequence[str], *, since: datetime, on: date
) -> list[Leavers]:
    """Who left these schools for others since that time, by role; not who moves up by a grade. Roles are those of a day."""
    return await tx.all(
        Leavers,
        f"""WITH first AS (
               SELECT DISTINCT ON (h.raw_key) h.raw_key, h.body FROM record_history h
               WHERE h.tenant_id = %(tenant)s AND h.source_id = %(source)s AND h.stream = %(stream)s AND h.n = 0
                   AND h.kind = 'person' AND h.state = 'current' AND h.until >= %(since)s
               ORDER BY h.raw_key, h.until),
           members AS (
               SELECT r.raw_key, role->>'role' AS role, role->>'org' AS school,
                   json_array_length(r.body->'roles') > 0 AND NOT EXISTS (
                       SELECT FROM json_array_elements(r.body->'roles') now WHERE now->>'org' = role->>'org')
                       AND (({_grade("(f.body->'grades')")}, {_grade("(r.body->'grades')")}) IN (
                           SELECT lower, upper FROM unnest(%(lower)s::text[], %(upper)s::text[]) AS f (lower, upper))) IS NOT TRUE
                       AS gone
               FROM record r LEFT JOIN first f ON f.raw_key = r.raw_key,
                   json_array_elements(coalesce(f.body, r.body)->'roles') role
               WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s AND r.n = 0
                   AND r.kind = 'person' AND r.state = 'current' AND coalesce((role->>'ends')::date >= %(on)s, true)
                   AND role->>'org' = ANY(%(schools)s::text[]))
           SELECT m.school, m.role, array_agg(DISTINCT m.raw_key) AS keys, max(t.total) AS total,
                  (SELECT o.body->>'name' FROM record o WHERE o.tenant_id = %(tenant)s AND o.source_id = %(source)s
                       AND o.kind = 'org' AND o.key = m.school AND o.person IS NULL LIMIT 1) AS name
           FROM members m JOIN (SELECT school, role, count(DISTINCT raw_key) AS total FROM members GROUP BY 1, 2) t
               ON t.school = m.school AND t.role = m.role
           WHERE m.gone GROUP BY 1, 2 ORDER BY 1, 2""",
        source=source,
        stream=stream,
        schools=texts(schools),
        since=since,
        on=on,
        lower=texts([lower for lower, _ in RISING]),
        upper=texts([upper for _, upper in RISING]),
    )
