"""Issue to a class, a program or any list of learners, as a job: one award for all, or to each their learner record.

Some learners at a time, each some in one transaction with the note of how far it is. A job that is broken off goes on
where it was: what was issued stands, and is not issued twice. One award for all is signed in bulk (`.bulk`); where each
credential has more of its own, a hashed address or a whole record, one by one.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from operator import attrgetter
from uuid import UUID, uuid4

import structlog
from psycopg import OperationalError
from pydantic import BaseModel

from app.credentials import model
from app.credentials.errors import CredentialError
from app.db import Tx, queue
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.issuing import batches
from app.db.issuing import issued as credentials_issued
from app.db.issuing.batches import BatchRow
from app.db.records import learners
from app.db.sources import sources
from app.errors import ConfigError, DomainError, Invalid, NotFound, place
from app.issuing import awards, issue
from app.issuing.awards import Item
from app.issuing.bulk.batch_award import KeyReplaced, award
from app.issuing.issue import IssueOptions, IssuingContext
from app.issuing.picture import badge_uri
from app.mastery import group
from app.records.reading import header, whole
from app.start import Service

SOME = 200

log = structlog.get_logger(__name__)


class Award(BaseModel):
    """What is awarded to every learner of a batch: its picture is `image`, or drawn where a look is chosen."""

    name: str
    description: str
    criteria: str
    achievement_type: str = "Badge"
    image: str | None = None
    color: str | None = None
    icon: str | None = None
    alignments: list[dict[str, str]] = []
    tags: list[str] = []
    credits: float | None = None
    date: datetime | None = None
    narrative: str | None = None


class BatchOrder(BaseModel):
    """A batch as it was asked for. `award` None: to each learner their record (CLR)."""

    award: Award | None = None
    learners: list[UUID] | None = None
    source: int | None = None
    class_: str | None = None
    days: int | None = None
    email: bool = False


async def issue_batch(service: Service, tenant: int, batch: UUID) -> None:
    """Issue a batch, or what is left of it."""
    owner = await tenants.by_id(service.db, tenant)
    async with service.db.transaction(tenant) as tx:
        row = await batches.by_id(tx, batch)
        if row is None or owner is None or row.state in ("done", "failed"):
            return
        order = BatchOrder.model_validate(row.wanted)
        whom = await learners_of(tx, order)
    options = IssueOptions(f"batch {batch}", days=order.days, email=order.email, batch=batch)
    try:
        counts = await _issued(service, owner, options, batch=batch, order=order, whom=whom)
    except (ConfigError, CredentialError, DomainError) as why:
        async with service.db.transaction(tenant) as tx:
            at_last = await batches.by_id(tx, batch)
            await batches.note(tx, batch, "failed", at_last.counts if at_last else {}, str(why))
        return
    async with service.db.transaction(tenant) as tx:
        await batches.note(tx, batch, "done", counts)


async def _issued(
    service: Service, owner: TenantRow, options: IssueOptions, batch: UUID, order: BatchOrder, whom: list[UUID]
) -> Counter[str]:
    """Issue to these learners; what became of how many."""
    if order.award is not None and not order.email:
        while True:
            async with service.db.transaction(owner.id) as tx:
                context = await issue.issuing_context(tx, service, owner, options)
            with suppress(KeyReplaced):
                return await award(service, context, batch, _item(order.award, context), whom)
    counts: Counter[str] = Counter(learners=len(whom))
    for begin in range(0, len(whom), SOME):
        async with service.db.transaction(owner.id) as tx:
            context = await issue.issuing_context(tx, service, owner, options)
            counts.update(await _some(tx, context, order, whom[begin : begin + SOME]))
            await batches.note(tx, batch, "running", counts)
    return counts


async def learners_of(tx: Tx, order: BatchOrder) -> list[UUID]:
    """Whom a batch is for."""
    if order.learners is not None:
        return sorted(set(order.learners), key=attrgetter("int"))
    assert order.source is not None
    if order.class_ is not None:
        return await group.graduates(tx, order.source, order.class_, datetime.now(UTC).date())
    return await batches.learners_of_source(tx, order.source)


async def _some(tx: Tx, context: IssuingContext, order: BatchOrder, whom: list[UUID]) -> Counter[str]:
    present = await learners.present(tx, whom)
    having = [learner for learner in whom if learner in present]
    counts = Counter(without_record=len(whom) - len(having))
    if order.award is not None:
        item = _item(order.award, context)
        for learner in having:
            async with _fenced(tx, counts, learner):
                (row,) = await issue.issue_badges(tx, context, [(issue.whom(await header(tx, learner, "all")), item)])
                counts["issued" if row.batch_id == context.options.batch else "had_it"] += 1
        return counts
    origin = f"record of batch {context.options.batch}"
    known = await credentials_issued.standing(tx, issue.RECORD, [(learner, origin) for learner in having])
    for learner in having:
        async with _fenced(tx, counts, learner):
            record = await whole(tx, learner)
            achievements = await issue.usual(tx, context, record)
            if achievements and (learner, origin) not in known:
                await issue.issue_record(tx, context, record, chosen=None, received=(), origin=origin)
            counts["issued" if achievements else "nothing_to_issue"] += 1
    return counts


@asynccontextmanager
async def _fenced(tx: Tx, counts: Counter[str], learner: UUID) -> AsyncIterator[None]:
    """What fails for one learner, to read their record also, costs nobody else.

    It is counted, the log tells whose it is, and the batch goes on.
    """
    try:
        async with tx.conn.transaction():  # a savepoint
            yield
    except OperationalError:
        raise
    except Exception as why:  # noqa: BLE001  whatever it is, it is this learner's alone
        counts["failed"] += 1
        log.warning("a learner of a batch got nothing", tenant=tx.tenant, learner=str(learner), why=place(why))


def _item(award: Award, context: IssuingContext) -> Item:
    alignments = tuple(
        model.Alignment(
            alignment.get("name") or alignment["url"],
            alignment["url"],
            alignment.get("code"),
            alignment.get("framework"),
        )
        for alignment in award.alignments
    )
    achievement = awards.achievement_of(
        model.Achievement(
            id="",
            name=award.name,
            description=award.description,
            criteria=award.criteria,
            type=award.achievement_type,
            image=award.image or _drawn(award, context),
            alignments=alignments,
            tags=tuple(award.tags),
            credits=award.credits,
        ),
        context.issuer.home,
    )
    return Item("", f"award {achievement.id.rpartition('/')[2]}", achievement, award.date, award.narrative)


def _drawn(award: Award, context: IssuingContext) -> str | None:
    chosen = award.color or award.icon
    return badge_uri(award.name, context.issuer.name, award.color, award.icon) if chosen else None


async def order_batch(tx: Tx, order: BatchOrder, by: str, id: UUID | None = None) -> BatchRow:
    """Ask for a batch, which a job issues; by an `id` that was asked for before, that one is the answer.

    Invalid for a source or class that nobody knows.
    """
    if order.source is not None:
        if await sources.by_id(tx, order.source) is None:
            raise Invalid(f"No source {order.source}.", type="unknown-source", title="Unknown source")
        if order.class_ is not None:
            await _check_class(tx, order.source, order.class_)
    batch = id or uuid4()
    if await batches.add(tx, batch, order.model_dump(mode="json"), by):
        await queue.issue_soon(tx, batch)
    return await batch_of(tx, batch)


async def batch_of(tx: Tx, batch: UUID) -> BatchRow:
    """How far a batch is. NotFound where there is none of that id."""
    row = await batches.by_id(tx, batch)
    if row is None:
        raise NotFound
    return row


async def _check_class(tx: Tx, source: int, class_: str) -> None:
    if await group.students(tx, source, class_, datetime.now(UTC).date()) is None:
        detail = f"Source {source} tells of no class '{class_}': see GET /v1/classes."
        raise Invalid(detail, type="unknown-class", title="Unknown class")
