"""Scored sources: a district lets a source's persons be scored, looks at what would come of it, and takes it back."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.db import Database, Tx, queue
from app.db.identity import matching, persons
from app.db.identity.matching import OutcomeRow
from app.db.pipeline import statements
from app.db.sources import sources
from app.errors import Conflict, NotFound
from app.identity.identity import SCORES
from app.matching.apart import PersonRef
from app.matching.traits import traits
from app.pipeline.known_sources import KnownSources, known_sources, statement_of
from schemas.records import Record

Mode = Literal["off", "propose", "automatic"]
PAGE = 1000
AT_ONCE = 200
"""How many links may be made at once for a source whose district has set nothing else, as in the table."""


@dataclass(frozen=True, slots=True)
class ScoredSource:
    """A source as scores see it: its mode, and what they said of its persons.

    `at_once` is how many links may be made at once without a person, `held_since` since when more than that wait.
    `second_person`: what is said of its persons holds once two people have said it.
    """

    source: int
    slug: str
    mode: Mode
    outcome: OutcomeRow
    at_once: int = AT_ONCE
    held_since: datetime | None = None
    second_person: bool = False

    @property
    def why_held(self) -> str | None:
        """Why its links wait, in words; None where none is held back."""
        if self.held_since is None:
            return None
        return (
            f"{self.outcome.sure:,} sign-ups are ready to be linked, more at once than the {self.at_once:,} that its "
            "setting allows: none of them was linked, all wait as near matches until somebody lets them through"
        )


async def listed(tx: Tx) -> list[ScoredSource]:
    """All sources, with their mode and what scores said of their persons."""
    settings = {row.source_id: row for row in await matching.settings(tx)}
    outcomes = {row.source_id: row for row in await matching.outcomes(tx)}
    scored: list[ScoredSource] = []
    for row in await sources.listed(tx):
        outcome, setting = outcomes.get(row.id, OutcomeRow(row.id, 0, 0, 0)), settings.get(row.id)
        if setting is None:
            scored.append(ScoredSource(row.id, row.slug, "off", outcome))
        else:
            mode: Mode = setting.mode  # type: ignore[assignment]  # the table holds no other
            scored.append(
                ScoredSource(
                    row.id,
                    row.slug,
                    mode,
                    outcome=outcome,
                    at_once=setting.at_once,
                    held_since=setting.held_at,
                    second_person=setting.second_person,
                )
            )
    return scored


async def set_mode(
    tx: Tx, source: int, mode: Mode, *, by: str, at_once: int | None = None, second_person: bool | None = None
) -> None:
    """Have a source's persons scored from now on, or no longer; links made by scores are taken back with them.

    `at_once` is how many links may be made at once without a person, `second_person` whether two people have to say the
    same of its persons; None leaves it as it was. Names are counted and
    everybody concerned is compared by a job, once this transaction has committed. NotFound. Conflict where links are to
    be made of whom nobody has looked at: a source begins with proposals.
    """
    if await sources.by_id(tx, source) is None:
        raise NotFound(f"There is no source {source}.")
    if mode == "automatic" and source not in await matching.modes(tx):
        raise Conflict(f"Source {source} is not scored yet: set 'propose' first, and look at what would be linked.")
    await matching.set_mode(tx, source, None if mode == "off" else mode, by, at_once)
    if second_person is not None:
        await matching.set_second_person(tx, source, second_person)
    if mode == "off":
        await matching.end_scores(tx, source, SCORES)
    await queue.rematch_soon(tx, source)


async def rematch(db: Database, tenant: int, source: int) -> None:
    """Count how common names are, and have everybody of a source compared; the first time, everybody there is."""
    async with db.transaction(tenant) as tx:
        known, modes, first = await known_sources(tx), await matching.modes(tx), not await matching.any_keys(tx)
    if modes:
        await _count(db, tenant, known, [each for each in known if each not in modes])
    for each in known if first and modes else [source]:
        async for page in _persons(db, tenant, each):
            async with db.transaction(tenant) as tx:
                await statements.touch(tx, each, page, [])
    async with db.transaction(tenant) as tx:
        await queue.settle_soon(tx)


async def _count(db: Database, tenant: int, known: KnownSources, listing: Sequence[int]) -> None:
    """Keep how many learners these sources list, and which share of them bears each given and family name."""
    firsts: Counter[str] = Counter()
    family: Counter[str] = Counter()
    people = 0
    for source in listing:
        async for page in _persons(db, tenant, source):
            async with db.transaction(tenant) as tx:
                rows = await persons.descriptions_of(tx, [(source, key) for key in page])
            records: dict[PersonRef, list[Record]] = defaultdict(list)
            for row in rows:
                records[PersonRef(row.source_id, row.person or row.key)].append(statement_of(row, known).record)
            for ref, record in records.items():
                person = traits(ref, record)
                firsts.update(person.firsts())
                family.update(person.families())
            people += len(records)
    async with db.transaction(tenant) as tx:
        await matching.keep_model(tx, people, _shares(firsts, people), _shares(family, people))


def _shares(counts: Counter[str], people: int) -> dict[str, float]:
    return {word: count / people for word, count in sorted(counts.items())}


async def _persons(db: Database, tenant: int, source: int) -> AsyncIterator[list[str]]:
    """The persons of a source who are learners, page by page."""
    after = ""
    while True:
        async with db.transaction(tenant) as tx:
            page = await matching.everyone(tx, source, after, PAGE)
        if not page:
            return
        after = page[-1]
        yield page
