"""Observations: what a teacher or advisor enters about what learners have shown, kept as a statement of a source.

All that people enter is one source's (`SLUG`), read by the evidence connector: it has raw records, a history and a way
back as everything else. Each learner is a person of that source, linked with the learner for whom it was entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

import msgspec

from app.db import Tx, queue
from app.db.identity import persons
from app.db.sources import sources
from app.errors import Invalid
from app.identity import decisions
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.secrets import Vault
from app.sources import configure
from app.sources.configure import NewSource
from app.sources.source import Source, open_source
from connectors import Page
from connectors.limits import Limits
from schemas.codes import Method

SLUG, NAME = "entered", "Entered by staff"
STREAM = "evidence"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one learner has shown: the level, and words about it."""

    learner: UUID
    level: str
    narrative: str = ""


@dataclass(frozen=True, slots=True)
class Observations:
    """One thing that several learners showed. `id` is the form's own: sent twice, it is entered once.

    `competency` is its address, with its CASE identifier in it.
    """

    id: UUID
    title: str
    on: date
    by: str
    competency: str
    method: Method
    shown: Sequence[Observation]


async def add(tx: Tx, entry: Observations, vault: Vault, limits: Limits) -> int:
    """Take an entry in, and have records made of it; how many learners it is of. Invalid where it says nothing."""
    if not entry.shown:
        raise Invalid("Choose a level for at least one learner.", pointers={"/level": "choose one"})
    if not entry.title:
        raise Invalid("Say what the learners did: it stands in their records.", pointers={"/title": "is missing"})
    source = await _source(tx, vault, limits)
    await _take(tx, source, [_item(entry, entered) for entered in entry.shown])
    await _link(tx, source, entry)
    await queue.settle_soon(tx)
    return len(entry.shown)


async def withdraw(tx: Tx, entry: UUID, learners: Sequence[UUID], vault: Vault, limits: Limits) -> None:
    """Take an entry of these learners back, as if it had never been; its history keeps it."""
    source = await _source(tx, vault, limits)
    items = [{"id": _key(entry, learner), "withdrawn": True} for learner in learners]
    await _take(tx, source, items)
    await queue.settle_soon(tx)


def _item(entry: Observations, entered: Observation) -> dict[str, object]:
    item: dict[str, object] = {
        "id": _key(entry.id, entered.learner),
        "learner": {"identifiers": [{"type": "account", "value": str(entered.learner)}]},
        "name": entry.title,
        "occurredAt": f"{entry.on.isoformat()}T12:00:00Z",
        "assessor": entry.by,
        "result": {"level": entered.level, "method": entry.method},
        "alignments": [{"url": entry.competency, "type": "CFItem"}],
    }
    return item | ({"narrative": entered.narrative} if entered.narrative else {})


def _key(entry: UUID, learner: UUID) -> str:
    return str(uuid5(entry, learner.hex))


async def _source(tx: Tx, vault: Vault, limits: Limits) -> Source:
    """The source of all that people enter: made where there is none yet."""
    row = await sources.by_slug(tx, SLUG)
    if row is None:
        new = NewSource(slug=SLUG, name=NAME, connector="evidence", settings={}, every_minutes=None)
        row = await sources.by_id(tx, await configure.create(tx, new, vault, limits))
        assert row is not None
    return open_source(row, vault, limits)


async def _take(tx: Tx, source: Source, items: Sequence[dict[str, object]]) -> None:
    arrival = Arrival(source, source.stream(STREAM), datetime.now(UTC))
    outcome = await ingest(tx, arrival, Page([msgspec.json.encode(item) for item in items]))
    if outcome.rejected:
        raise Invalid(f"It could not be entered: {outcome.rejected[0].reason}")


async def _link(tx: Tx, source: Source, entry: Observations) -> None:
    """Whom it was entered for is who it is: what a person said, and no rule has to find out."""
    heads = await persons.heads(tx, [entered.learner for entered in entry.shown])
    known = await persons.learners_of(tx, [(source.id, _person(learner)) for learner in heads])
    for learner, head in heads.items():
        if (source.id, _person(learner)) not in known:
            await decisions.link(
                tx, (source.id, _person(learner)), head, by=entry.by, reason="entered for this learner"
            )


def _person(learner: UUID) -> str:
    return f"account:{learner}"
