"""Scored sources: a district lets a source's persons be scored, looks at what would come of it, and takes it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from app.db import Database, Tx, queue
from app.db.identity import matching
from app.db.identity.matching import OutcomeRow
from app.db.pipeline import statements
from app.db.sources import sources
from app.errors import Conflict, NotFound
from app.identity import learning
from app.identity.identity import SCORES
from app.matching.estimate import Comparison
from app.matching.weights import SHIPPED, Table, completed
from app.pipeline.known_sources import known_sources

Mode = Literal["off", "propose", "automatic"]
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
        await learning.count_names(db, tenant)
    await _compare_again(db, tenant, known if first and modes else [source])


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights in force, and when and how those that were learned last compare with the shipped ones."""

    table: Table
    compared: Comparison | None
    learned_at: datetime | None

    @property
    def version(self) -> str:
        """What they are called: `shipped`, or by what they are made of."""
        return self.compared.version if self.compared is not None and self.compared.taken else "shipped"


async def weights(tx: Tx) -> Weights:
    """The weights of a tenant."""
    row = await matching.model(tx)
    if row is None or row.compared is None:
        return Weights(SHIPPED, None, None)
    table = SHIPPED if row.weights is None else completed(row.weights)
    return Weights(table, msgspec.convert(row.compared, Comparison), row.made_at)


async def learn(db: Database, tenant: int) -> Comparison | None:
    """Learn the weights of a tenant anew; where others are in force by it, have everybody who is scored compared again.

    What was learned, beside what ships; None where no source is scored.
    """
    learned = await learning.learn(db, tenant)
    if learned is None:
        return None
    if learned.changed:
        async with db.transaction(tenant) as tx:
            modes = await matching.modes(tx)
        await _compare_again(db, tenant, modes)
    return learned.comparison


async def _compare_again(db: Database, tenant: int, sources: Iterable[int]) -> None:
    for source in sources:
        async for page in learning.persons_of(db, tenant, source):
            async with db.transaction(tenant) as tx:
                await statements.touch(tx, source, page, [])
    async with db.transaction(tenant) as tx:
        await queue.settle_soon(tx)
