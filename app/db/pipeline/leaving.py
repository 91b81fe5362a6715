"""Who would leave: what a complete listing lacks, counted by school, class, grade and role beside what there is."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import LiteralString, NamedTuple

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.tables.guards import GuardAlarm


class Group(NamedTuple):
    """One school's, class's or grade's share of a stream: how many of its records would leave, of how many.

    `scope` is `school`, `class`, `grade`, `school grade` or `role`; `key` its id there (`school/grade` for a school's
    grade), `role` of whom it speaks. `keys` are the raw keys of those that would leave.
    """

    scope: str
    key: str
    role: str
    name: str | None
    gone: int
    total: int
    keys: list[str]


# One row for each record that runs and each role, school and grade it speaks of. What is over leaves nothing: an
# enrollment after its own end or its class's terms, a role after its end. `since`: what was retracted after it leaves too.
RUNS: LiteralString = """
    r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
    AND (r.state = 'current' OR r.state = 'retracted' AND r.state_at >= %(since)s)
"""
LEAVES: LiteralString = "(r.state = 'retracted' OR r.raw_key = ANY(%(keys)s::text[])) AS leaving"
CLASSES: LiteralString = """
    SELECT c.key, min(c.body->>'org') AS org, max((s.body->>'ends')::date) AS ends
    FROM record c LEFT JOIN LATERAL json_array_elements_text(c.body->'sessions') term ON true
        LEFT JOIN record s ON s.tenant_id = c.tenant_id AND s.source_id = c.source_id AND s.kind = 'academicSession'
            AND s.key = term AND s.person IS NULL
    WHERE c.tenant_id = %(tenant)s AND c.source_id = %(source)s AND c.kind = 'class' AND c.person IS NULL GROUP BY c.key
"""
PERSONS: LiteralString = f"""
    SELECT r.raw_key, coalesce(role->>'role', 'person') AS role, coalesce(role->>'org', r.body->>'primary_org') AS school,
           NULL AS class, grade, {LEAVES}
    FROM record r LEFT JOIN LATERAL json_array_elements(r.body->'roles') role ON true
        LEFT JOIN LATERAL json_array_elements_text(r.body->'grades') grade ON true
    WHERE {RUNS} AND r.kind = 'person' AND coalesce((role->>'ends')::date >= %(on)s, true)
"""
ENROLLMENTS: LiteralString = f"""
    SELECT r.raw_key, coalesce(r.body->>'role', 'student'), coalesce(r.body->>'org', c.org), r.body->>'class_', NULL, {LEAVES}
    FROM record r LEFT JOIN classes c ON c.key = r.body->>'class_'
    WHERE {RUNS} AND r.kind = 'enrollment' AND coalesce((r.body->>'ends')::date, c.ends, 'infinity') >= %(on)s
"""
OTHERS: LiteralString = f"""
    SELECT r.raw_key, r.kind, NULL, NULL, NULL, {LEAVES} FROM record r
    WHERE {RUNS} AND r.n = 0 AND r.kind NOT IN ('person', 'enrollment', 'nothing')
"""
GROUPS: LiteralString = f"""
    WITH classes AS MATERIALIZED ({CLASSES}),
    said AS MATERIALIZED ({PERSONS} UNION ALL {ENROLLMENTS} UNION ALL {OTHERS}),
    groups AS (
        SELECT 'school' AS scope, school AS key, role, raw_key, leaving FROM said WHERE school IS NOT NULL
        UNION ALL SELECT 'class', class, role, raw_key, leaving FROM said WHERE class IS NOT NULL
        UNION ALL SELECT 'grade', grade, role, raw_key, leaving FROM said WHERE grade IS NOT NULL
        UNION ALL SELECT 'school grade', school || '/' || grade, role, raw_key, leaving FROM said
            WHERE school IS NOT NULL AND grade IS NOT NULL
        UNION ALL SELECT 'role', role, role, raw_key, leaving FROM said
        UNION ALL SELECT 'all', '', 'record', raw_key, leaving FROM said)
    SELECT g.scope, g.key, g.role,
           (SELECT coalesce(n.body->>'name', n.body->>'title') FROM record n WHERE n.tenant_id = %(tenant)s
                AND n.source_id = %(source)s AND n.person IS NULL
                AND n.key = CASE g.scope WHEN 'school grade' THEN regexp_replace(g.key, '/[^/]*$', '') ELSE g.key END
                AND n.kind = CASE WHEN g.scope LIKE 'school%%' THEN 'org' ELSE g.scope END LIMIT 1) AS name,
           count(DISTINCT g.raw_key) FILTER (WHERE g.leaving) AS gone, count(DISTINCT g.raw_key) AS total,
           array_agg(DISTINCT g.raw_key) FILTER (WHERE g.leaving) AS keys
    FROM groups g GROUP BY 1, 2, 3 HAVING bool_or(g.leaving) ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a run would end of one group of a stream, shown to a person: `words` say it; `allowed_at` that it may end."""

    stream: str
    scope: str
    key: str
    role: str
    words: str
    gone: int
    total: int
    keys: list[str]
    id: int = 0
    run_id: int = 0
    allowed_at: datetime | None = None
    allowed_by: str | None = None


async def groups(tx: Tx, source: int, stream: str, keys: Collection[str], *, on: date, since: datetime) -> list[Group]:
    """The schools, classes, grades and roles of which records leave: those of these keys, or retracted `since`."""
    return await tx.all(Group, GROUPS, source=source, stream=stream, keys=texts(keys), on=on, since=since)


async def alarms(tx: Tx, source: int) -> list[Alarm]:
    """What was shown of a source and not ended yet, in the order it was shown."""
    return await tx.all(
        Alarm, "FROM guard_alarm WHERE tenant_id = %(tenant)s AND source_id = %(source)s ORDER BY id", source=source
    )


async def show(tx: Tx, source: int, run: int, alarms: Sequence[Alarm]) -> None:
    """Show what a held run would end, in place of what was shown before and nobody allowed."""
    await tx.run(
        "DELETE FROM guard_alarm WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND allowed_at IS NULL",
        source=source,
    )
    for alarm in alarms:
        values = asdict(alarm)
        del values["id"]
        await tx.insert(GuardAlarm(**{**values, "source_id": source, "run_id": run}))


async def allow(tx: Tx, source: int, ids: Collection[int], by: str) -> int:
    """Allow what was shown under these ids to end; how many they are."""
    return await tx.run(
        """UPDATE guard_alarm SET allowed_at = now(), allowed_by = %(by)s
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND id = ANY(%(ids)s::bigint[])""",
        source=source,
        ids=numbers(ids),
        by=by,
    )


async def forget_alarms(tx: Tx, source: int, scopes: Collection[str] | None = None) -> None:
    """A run came through: what was shown or allowed before is over, of these scopes or (None) of all."""
    await tx.run(
        """DELETE FROM guard_alarm WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND (%(scopes)s::text[] IS NULL OR scope = ANY(%(scopes)s::text[]))""",
        source=source,
        scopes=None if scopes is None else sorted(scopes),
    )
