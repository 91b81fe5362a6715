"""Matching: which sources' persons are scored, by what keys those are found whom they may be, and how common names are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.identity.persons import DECISION, DecisionRow, Ref
from app.db.tables.matching import Matching, MatchModel

Key = tuple[int, str, int]
"""A key as a person (source, key) has it, hashed."""

PERSONS: LiteralString = "unnest(%(sources)s::int[], %(persons)s::text[]) AS s (source_id, person)"
KEYS: LiteralString = (
    "unnest(%(sources)s::int[], %(persons)s::text[], %(keys)s::bigint[]) AS s (source_id, person, key)"
)
KEYS_OF: LiteralString = """(SELECT k.key FROM match_key k
    WHERE k.tenant_id = %(tenant)s AND k.source_id = s.source_id AND k.person = s.person OFFSET 0) k"""
"""The keys of a person `s`. Looked up one by one: when a district is scored first, PostgreSQL knows nothing of the table
yet, and would join all its keys with all of them."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """How many people a tenant's rosters list, and how common their names are, as shares.

    `weights` are learned ones in force, by field and level; `compared` is what was learned last, beside what ships.
    """

    people: int
    given: dict[str, float]
    family: dict[str, float]
    weights: dict[str, dict[str, list[float]]] | None
    compared: dict[str, Any] | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What scores said of a source's persons: so many linked, so many asked about whom no guard stops, and so many else."""

    source_id: int
    linked: int
    sure: int
    asked: int


@dataclass(frozen=True, slots=True)
class SettingRow:
    """How a source is scored: its mode, how many links may be made at once, and since when more than that wait."""

    source_id: int
    mode: str
    at_once: int
    held_at: datetime | None
    second_person: bool


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A source whose persons are linked by their scores, and how many of them no guard stops and nobody has linked yet."""

    source_id: int
    at_once: int
    held_at: datetime | None
    ready: int


READY: LiteralString = (
    """d.judgement = 'unsure' AND d.ended_at IS NULL AND d.decided_by = 'scores' AND d.rule = 'score'"""
)
"""Of a decision `d`: it would be a link, and is a question so far. One per sign-up."""


async def settings(tx: Tx) -> list[SettingRow]:
    """The settings of each source that is scored."""
    return await tx.all(SettingRow, "FROM matching WHERE tenant_id = %(tenant)s ORDER BY source_id")


async def modes(tx: Tx) -> dict[int, str]:
    """The sources whose persons are scored, with their mode: `propose` or `automatic`."""
    return dict(await tx.rows("SELECT source_id, mode FROM matching WHERE tenant_id = %s", tx.tenant))


async def set_second_person(tx: Tx, source: int, needed: bool) -> None:
    """Whether two people have to say the same of a source's persons."""
    await tx.run(
        "UPDATE matching SET second_person = %(needed)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s",
        needed=needed,
        source=source,
    )


async def set_mode(tx: Tx, source: int, mode: str | None, by: str, at_once: int | None) -> None:
    """Have a source's persons scored from now on, or (None) no longer. `at_once` None: as it was."""
    if mode is None:
        await tx.run("DELETE FROM matching WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)
        return
    await tx.insert(
        Matching(source_id=source, mode=mode, set_by=by),
        """ON CONFLICT (tenant_id, source_id) DO UPDATE SET mode = excluded.mode, set_by = excluded.set_by, set_at = now(),
               held_at = NULL""",
    )
    if at_once is not None:
        await tx.run(
            "UPDATE matching SET at_once = %(at_once)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s",
            at_once=at_once,
            source=source,
        )


async def ready(tx: Tx) -> list[ReadyRow]:
    """The sources whose persons are linked by their scores, and how many links each is ready for."""
    return await tx.all(
        ReadyRow,
        f"""SELECT m.source_id, m.at_once, m.held_at, count(d.id)::int AS ready
            FROM matching m LEFT JOIN decision d
                ON d.tenant_id = m.tenant_id AND {READY} AND m.source_id IN (d.left_source, d.right_source)
            WHERE m.tenant_id = %(tenant)s AND m.mode = 'automatic' GROUP BY m.source_id, m.at_once, m.held_at
            ORDER BY m.source_id""",
    )


async def end_ready(tx: Tx, source: int, by: str) -> list[tuple[int, str, int, str, str]]:
    """End the questions that are to be links: their pairs (left source and key, right source and key) and reasons."""
    return await tx.rows(
        f"""UPDATE decision d SET ended_at = now(), ended_by = %(by)s
            WHERE d.tenant_id = %(tenant)s AND {READY} AND %(source)s IN (d.left_source, d.right_source)
            RETURNING d.left_source, d.left_key, d.right_source, d.right_key, d.reason""",
        source=source,
        by=by,
    )


async def hold(tx: Tx, source: int) -> None:
    """From now on a source's links wait for a person."""
    await tx.run(
        "UPDATE matching SET held_at = now() WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source
    )


async def release(tx: Tx, source: int, by: str | None = None) -> None:
    """A source's links wait no more; `by`: who let them through."""
    await tx.run(
        """UPDATE matching SET held_at = NULL, set_by = coalesce(%(by)s, set_by)
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s""",
        source=source,
        by=by,
    )


async def model(tx: Tx) -> ModelRow | None:
    """How common names are; None until it was counted."""
    return await tx.first(ModelRow, "FROM match_model WHERE tenant_id = %(tenant)s")


async def keep_names(tx: Tx, people: int, given_names: Mapping[str, float], family: Mapping[str, float]) -> None:
    """Keep what was counted of names, in place of what was."""
    await tx.insert(
        MatchModel(people=people, given=dict(given_names), family=dict(family)),
        """ON CONFLICT (tenant_id) DO UPDATE SET people = excluded.people, given = excluded.given,
               family = excluded.family""",
    )


async def keep_weights(
    tx: Tx, weights: Mapping[str, Mapping[str, list[float]]] | None, compared: Mapping[str, Any]
) -> dict[str, dict[str, list[float]]] | None:
    """Have learned weights in force (None: those that ship), with how they compare; those that were before."""
    before = await tx.row("SELECT weights FROM match_model WHERE tenant_id = %s FOR UPDATE", tx.tenant)
    await tx.run(
        """UPDATE match_model SET weights = %(weights)s, compared = %(compared)s, made_at = now()
           WHERE tenant_id = %(tenant)s""",
        weights=Jsonb(weights) if weights is not None else None,
        compared=Jsonb(compared),
    )
    return before[0] if before else None


async def learning_due(tx: Tx, before: datetime) -> bool:
    """Whether a tenant scores some source, and has learned its weights before then or never."""
    return bool(
        await tx.one(
            """SELECT EXISTS (SELECT FROM matching WHERE tenant_id = %(tenant)s) AND EXISTS (
                   SELECT FROM match_model WHERE tenant_id = %(tenant)s AND (compared IS NULL OR made_at < %(before)s))""",
            before=before,
        )
    )


async def keys_of(tx: Tx, persons: Iterable[Ref]) -> set[Key]:
    """The keys of these persons."""
    rows = await tx.rows(
        f"SELECT s.source_id, s.person, k.key FROM {PERSONS} CROSS JOIN LATERAL {KEYS_OF}", **_persons(persons)
    )
    return set(rows)


async def add_keys(tx: Tx, keys: Collection[Key]) -> None:
    """Store keys of persons."""
    await tx.run(
        f"""INSERT INTO match_key (tenant_id, source_id, person, key)
            SELECT %(tenant)s, s.source_id, s.person, s.key FROM {KEYS} ON CONFLICT DO NOTHING""",
        **_keys(keys),
    )


async def forget_keys(tx: Tx, keys: Collection[Key]) -> None:
    """Delete keys of persons."""
    await tx.run(
        f"""DELETE FROM match_key k USING {KEYS} WHERE k.tenant_id = %(tenant)s
            AND (k.source_id, k.person, k.key) = (s.source_id, s.person, s.key)""",
        **_keys(keys),
    )


async def sharing(
    tx: Tx, persons: Iterable[Ref], sources: Collection[int], most: int, *, among: bool
) -> list[tuple[int, str, int, str]]:
    """Who of these sources (or, not `among` them, of all others) shares a key with these persons, in pairs.

    A key that more than `most` persons share says too little, and makes no pair.
    """
    return await tx.rows(
        f"""SELECT DISTINCT m.source_id, m.person, o.source_id, o.person
            FROM (SELECT k.key, array_agg(s.source_id) AS sources, array_agg(s.person) AS persons
                  FROM {PERSONS} CROSS JOIN LATERAL {KEYS_OF} GROUP BY k.key) mine
            CROSS JOIN LATERAL (
                SELECT array_agg(k.source_id) AS sources, array_agg(k.person) AS persons, count(*) AS count
                FROM (SELECT k.source_id, k.person FROM match_key k
                      WHERE k.tenant_id = %(tenant)s AND k.key = mine.key LIMIT %(most)s + 1) k) sharing
            CROSS JOIN LATERAL unnest(mine.sources, mine.persons) AS m (source_id, person)
            CROSS JOIN LATERAL unnest(sharing.sources, sharing.persons) AS o (source_id, person)
            WHERE sharing.count <= %(most)s AND (o.source_id = ANY(%(those)s::int[])) = %(among)s
                AND o.source_id <> m.source_id""",
        **_persons(persons),
        those=list(sources),
        most=most,
        among=among,
    )


async def decisions_with(tx: Tx, persons: Iterable[Ref]) -> list[DecisionRow]:
    """Decisions in force of which one side is one of these persons, each once."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM (
                SELECT {DECISION} FROM {PERSONS} JOIN decision d ON d.tenant_id = %(tenant)s AND d.left_source = s.source_id
                    AND d.left_key = s.person AND d.ended_at IS NULL
                UNION SELECT {DECISION} FROM {PERSONS} JOIN decision d ON d.tenant_id = %(tenant)s AND d.right_source = s.source_id
                    AND d.right_key = s.person AND d.ended_at IS NULL) d ORDER BY d.id""",
        **_persons(persons),
    )


async def outcomes(tx: Tx) -> list[OutcomeRow]:
    """What scores said of the persons of each source that is scored, each person once."""
    return await tx.all(
        OutcomeRow,
        """SELECT source_id, count(*) FILTER (WHERE best = 2)::int AS linked,
                  count(*) FILTER (WHERE best = 1)::int AS sure, count(*) FILTER (WHERE best = 0)::int AS asked
           FROM (SELECT m.source_id, p.key, max(CASE WHEN d.judgement = 'same' THEN 2 WHEN d.rule = 'score' THEN 1 ELSE 0 END) AS best
                 FROM decision d JOIN matching m ON m.tenant_id = d.tenant_id AND m.source_id IN (d.left_source, d.right_source)
                 CROSS JOIN LATERAL (SELECT CASE WHEN d.left_source = m.source_id THEN d.left_key ELSE d.right_key END AS key) p
                 WHERE d.tenant_id = %(tenant)s AND d.ended_at IS NULL AND d.decided_by = 'scores'
                 GROUP BY 1, 2) o GROUP BY 1 ORDER BY 1""",
    )


async def end_scores(tx: Tx, source: int, by: str) -> None:
    """What scores said of a source's persons holds no more."""
    await tx.run(
        """UPDATE decision SET ended_at = now(), ended_by = %(by)s WHERE tenant_id = %(tenant)s AND ended_at IS NULL
           AND decided_by = %(by)s AND %(source)s IN (left_source, right_source)""",
        by=by,
        source=source,
    )


async def any_keys(tx: Tx) -> bool:
    """Whether anybody has keys yet."""
    return await tx.row("SELECT FROM match_key WHERE tenant_id = %s LIMIT 1", tx.tenant) is not None


async def everyone(tx: Tx, source: int, after: str, most: int) -> list[str]:
    """The learners of a source by their keys, page by page."""
    rows = await tx.rows(
        """SELECT key FROM person WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND key > %(after)s
           AND learner_id IS NOT NULL ORDER BY key LIMIT %(most)s""",
        source=source,
        after=after,
        most=most,
    )
    return [key for (key,) in rows]


def _persons(persons: Iterable[Ref]) -> dict[str, Any]:
    refs = list(persons)
    return {"sources": numbers(source for source, _ in refs), "persons": texts([key for _, key in refs])}


def _keys(keys: Collection[Key]) -> dict[str, Any]:
    rows = list(keys)
    return _persons((source, person) for source, person, _ in rows) | {"keys": numbers(key for *_, key in rows)}
