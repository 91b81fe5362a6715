"""Award one thing to many learners: signed from one stencil by processes, some ahead of those being stored.

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

from app.credentials import build, model
from app.credentials.errors import DataRefused
from app.credentials.template import Stencil, mark
from app.db.issuing import batches, issued, templates
from app.db.issuing.issued import IssuedRow
from app.issuing import issue
from app.issuing.awards import Item
from app.issuing.bulk.signers import Sign, presses
from app.issuing.issue import BADGE, MEDIA, Desk
from app.issuing.publish import status_entry
from app.start import Service
from app.template_values import kept

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
    """What was signed for some learners, each one's id and own words, and what became of the others."""

    ids: list[str]
    learners: list[str]
    owns: list[str]
    others: Counter[str]


class KeyReplaced(Exception):
    """The key was replaced after something was signed with it, and before that was stored."""


@dataclass(frozen=True, slots=True)
class Round:
    """One thing awarded by one batch, and what it is signed from."""

    service: Service
    at: Desk
    batch: UUID
    item: Item
    stencil: Stencil
    kept: UUID
    """The stencil as it is stored."""
    sign: Sign


async def award(service: Service, at: Desk, batch: UUID, item: Item, whom: Sequence[UUID]) -> Counter[str]:
    """Award an item to these learners, as badges; what became of how many. KeyReplaced: begin again."""
    counts: Counter[str] = Counter(learners=len(whom))
    parts = [list(whom[begin : begin + SOME]) for begin in range(0, len(whom), SOME)]
    async with presses(len(whom)) as sign:
        here = Round(service, at, batch, item, await asyncio.to_thread(_stencil, at, item), uuid4(), sign)
        async with aclosing(_ahead(partial(_signed, here), parts)) as all_signed:
            async for signed in all_signed:
                counts += await _store(here, signed, counts)
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
    at = here.at
    asked = [str(learner) for learner in whom]
    async with here.service.db.transaction(at.tenant.id) as tx:
        lacking = await batches.lack_record(tx, asked)
        before = await batches.served(tx, here.batch, BADGE, here.item.origin, asked)
    new = [text for learner, text in zip(whom, asked, strict=True) if learner not in before and learner not in lacking]
    salt, did, stencil = at.tenant.salt, at.issuer.did, here.stencil
    chance = os.urandom(16 * len(new))
    ids = [model.urn(chance[begin : begin + 16]) for begin in range(0, len(chance), 16)]
    filled = stencil.fill({CREDENTIAL: ids, LEARNER: [model.pairwise(salt, did, learner) for learner in new]})
    owns = kept(filled.written, await here.sign(stencil.press, filled.told))
    ours = sum(before.values())
    others = Counter(issued=ours, had_it=len(before) - ours, without_record=len(lacking - before.keys()))
    return Signed([own[len(URN) :] for own in ids], new, owns, others)


async def _store(here: Round, signed: Signed, counts: Counter[str]) -> Counter[str]:
    """Store what was signed and note how far the batch is; what became of how many of these learners."""
    at = here.at
    async with here.service.db.transaction(at.tenant.id) as tx:
        await issued.lock_issuing(tx)
        now = await issued.signing_key(tx, at.how.kind)
        if now is None or at.issuer.method(now.id) != at.key.id:
            raise KeyReplaced
        stored = 0
        if signed.ids:
            await templates.keep(tx, here.kept, here.stencil.text)
            stored = await batches.store(tx, _like(here), here.kept, signed.ids, signed.learners, signed.owns)
            await issue.publish(tx, at, {here.item.achievement.id: here.item.achievement})
        told = signed.others + Counter(issued=stored, had_it=len(signed.ids) - stored)
        await batches.note(tx, here.batch, "running", counts + told)
    return told


def _stencil(at: Desk, item: Item) -> Stencil:
    """The badge of whom it may concern. DataRefused where it would not be one, or holds what is taken for a mark."""
    assert at.how.status == "1EdTechRevocationList"  # it names the issuer's list, and no place in it
    state = status_entry(at.issuer, at.how.status, 0, 0)
    made = item.award(mark(CREDENTIAL), model.Subject(mark(LEARNER)), at.now, at.until, (state,))
    stencil = Stencil(build.open_badge(made, at.profile), at.key, at.now)
    if stencil.places != PLACES:
        raise DataRefused(
            f"'{mark('x')[:-2]}' in the words of an award would be taken for a place to fill: change them"
        )
    return stencil


def _like(here: Round) -> IssuedRow:
    """What all rows have in common; the rest of it means nothing."""
    at = here.at
    return IssuedRow(
        here.batch,
        here.batch,
        BADGE,
        here.item.origin,
        here.item.achievement.name,
        MEDIA["vc"],
        b"",
        0,
        0,
        at.how.status,
        "active",
        None,
        at.how.by,
        at.now,
        at.until,
        at.now,
        here.batch,
    )
