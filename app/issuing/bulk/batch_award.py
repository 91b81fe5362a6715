"""Award one thing to many learners: signed from one template by processes, some ahead of those being stored.

    who is left ─▶ fill ─▶ sign in processes ─▶ store, announce, note how far it is (one transaction)

What is signed and not yet stored is lost with the process, and nobody has seen it. Whoever has it already, or gets it
from elsewhere meanwhile, gets no second one.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from psycopg import OperationalError

from app.credentials import build, model
from app.credentials.errors import DataRefused
from app.credentials.template import Template, mark
from app.db.issuing import batches, issued, templates
from app.db.issuing.issued import IssuedRow
from app.errors import place
from app.issuing import issue
from app.issuing.awards import Item
from app.issuing.bulk.signers import Sign, signers
from app.issuing.issue import BADGE, MEDIA, IssuingContext
from app.issuing.publish import status_entry
from app.start import Service
from app.template_values import packed_values

log = structlog.get_logger(__name__)
URN = "urn:uuid:"
CREDENTIAL, LEARNER = "credential", "learner"
PLACES = Counter({CREDENTIAL: 1, LEARNER: 1})
"""The words that differ, and how often each is in a badge."""
SOME = 2000
"""Credentials that are signed, and stored in one transaction."""
AHEAD = 2
"""How many such parts are signed, or waiting to be, while one is stored: nobody who signs waits for the database."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed for some learners, each one's id and values, and what became of the others."""

    ids: list[str]
    learners: list[str]
    values: list[str]
    others: Counter[str]

    def halves(self) -> tuple["Signed", "Signed"]:
        """What was signed, in two parts of about the same size."""
        middle = len(self.ids) // 2
        rest = Signed(self.ids[middle:], self.learners[middle:], self.values[middle:], Counter())
        return Signed(self.ids[:middle], self.learners[:middle], self.values[:middle], self.others), rest


class KeyReplaced(Exception):
    """The key was replaced after something was signed with it, and before that was stored."""


@dataclass(frozen=True, slots=True)
class Round:
    """One thing awarded by one batch, and what it is signed from."""

    service: Service
    context: IssuingContext
    batch: UUID
    item: Item
    template: Template
    kept: UUID
    """The template as it is stored."""
    sign: Sign


async def award(
    service: Service, context: IssuingContext, batch: UUID, item: Item, whom: Sequence[UUID]
) -> Counter[str]:
    """Award an item to these learners, as badges; what became of how many. KeyReplaced: begin again."""
    counts: Counter[str] = Counter(learners=len(whom))
    parts = [list(whom[begin : begin + SOME]) for begin in range(0, len(whom), SOME)]
    async with signers(len(whom)) as sign:
        here = Round(
            service,
            context,
            batch,
            item=item,
            template=await asyncio.to_thread(_award_template, context, item),
            kept=uuid4(),
            sign=sign,
        )
        async with aclosing(_ahead(partial(_signed, here), parts)) as all_signed:
            async for signed in all_signed:
                counts += await _stored(here, signed, counts)
    return counts


async def _ahead(
    make: Callable[[list[UUID]], Coroutine[Any, Any, Signed]], parts: Sequence[list[UUID]]
) -> AsyncGenerator[Signed, None]:
    """What is made of each part in turn; while one is looked at, the next are being made."""
    begun: list[asyncio.Task[Signed]] = []
    try:
        for part in parts:
            begun.append(asyncio.create_task(make(part)))
            if len(begun) > AHEAD:
                yield await begun.pop(0)
        while begun:
            yield await begun.pop(0)
    finally:
        for task in begun:
            task.cancel()


async def _signed(here: Round, whom: list[UUID]) -> Signed:
    """Sign for those of these learners who have a record and were not awarded this."""
    context = here.context
    learners = [str(learner) for learner in whom]
    async with here.service.db.transaction(context.tenant.id) as tx:
        lacking = await batches.lack_record(tx, learners)
        before = await batches.served(tx, here.batch, BADGE, here.item.origin, learners)
    new = [
        text for learner, text in zip(whom, learners, strict=True) if learner not in before and learner not in lacking
    ]
    salt, did, template = context.tenant.salt, context.issuer.did, here.template
    chance = os.urandom(16 * len(new))
    ids = [model.urn(chance[begin : begin + 16]) for begin in range(0, len(chance), 16)]
    filled = template.fill({CREDENTIAL: ids, LEARNER: [model.pairwise(salt, did, learner) for learner in new]})
    values = packed_values(filled.written, await here.sign(template.prepared, filled.told))
    ours = sum(before.values())
    others = Counter(issued=ours, had_it=len(before) - ours, without_record=len(lacking - before.keys()))
    return Signed([own[len(URN) :] for own in ids], new, values, others)


async def _stored(here: Round, signed: Signed, counts: Counter[str]) -> Counter[str]:
    """Store what was signed together or, where that fails, in halves, until what cannot be stored is alone and counted.

    What fails for one learner costs nobody else.
    """
    try:
        return await _store(here, signed, counts)
    except (KeyReplaced, OperationalError):
        raise
    except Exception as why:  # the fence: whatever it is, it is of one of these
        if len(signed.ids) == 1:
            (learner,) = signed.learners
            log.warning(
                "a learner of a batch got nothing", tenant=here.context.tenant.id, learner=learner, why=place(why)
            )
            return signed.others + Counter(failed=1)
        if not signed.ids:
            raise
    outcomes: Counter[str] = Counter()
    for half in signed.halves():
        outcomes += await _stored(here, half, counts + outcomes)
    return outcomes


async def _store(here: Round, signed: Signed, counts: Counter[str]) -> Counter[str]:
    """Store what was signed and note how far the batch is; what became of how many of these learners."""
    context = here.context
    async with here.service.db.transaction(context.tenant.id) as tx:
        await issued.lock_issuing(tx)
        now = await issued.signing_key(tx, context.options.kind)
        if now is None or context.issuer.method(now.id) != context.key.id:
            raise KeyReplaced
        stored = 0
        if signed.ids:
            await templates.keep(tx, here.kept, here.template.text)
            stored = await batches.store(
                tx, _like(here), here.kept, ids=signed.ids, learners=signed.learners, values=signed.values
            )
            await issue.publish(tx, context, {here.item.achievement.id: here.item.achievement})
        outcomes = signed.others + Counter(issued=stored, had_it=len(signed.ids) - stored)
        await batches.note(tx, here.batch, "running", counts + outcomes)
    return outcomes


def _award_template(context: IssuingContext, item: Item) -> Template:
    """The badge of whom it may concern. DataRefused where it would not be one, or holds what is taken for a mark."""
    assert context.options.status == "1EdTechRevocationList"  # it names the issuer's list, and no place in it
    state = status_entry(context.issuer, context.options.status, 0, 0)
    badge = item.award(mark(CREDENTIAL), model.Subject(mark(LEARNER)), context.now, context.until, (state,))
    template = Template(build.open_badge(badge, context.profile), context.key, context.now)
    if template.places != PLACES:
        raise DataRefused(
            f"'{mark('x')[:-2]}' in the words of an award would be taken for a place to fill: change them"
        )
    return template


def _like(here: Round) -> IssuedRow:
    """What all rows have in common; the rest of it means nothing."""
    context = here.context
    return IssuedRow(
        id=here.batch,
        learner_id=here.batch,
        kind=BADGE,
        origin=here.item.origin,
        name=here.item.achievement.name,
        media_type=MEDIA["vc"],
        body=b"",
        list_id=0,
        list_index=0,
        status_type=context.options.status,
        state="active",
        reason=None,
        issued_by=context.options.by,
        issued_at=context.now,
        valid_until=context.until,
        changed_at=context.now,
        batch_id=here.batch,
    )
