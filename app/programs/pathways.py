"""Pathways: a badge of other badges comes by itself to whoever has them all, and goes again with any of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from app.credentials.model import Evidence
from app.db import Tx
from app.db.access import tenants
from app.db.frameworks import frameworks
from app.db.mastery import citations
from app.db.programs import pathways as stored
from app.db.programs.pathways import EarnedRow
from app.db.records import learners
from app.errors import Conflict
from app.issuing import issue
from app.issuing.awards import Item
from app.programs import definitions, programs, recognition, rubric
from app.programs.definitions import AchievementRow
from app.programs.rubric import Definition
from app.programs.signing import ProgramContext, address_of, endorsed, signing_context
from app.start import Service

PART_GONE = "A badge that it is made of was taken back."
Badges = dict[UUID, list[EarnedRow]]
"""The badges of programs that each learner has, the latest last."""


class _Piece(Struct):
    id: str | None = None


class _Whole(Struct):
    """What is read of a badge that came by itself: the badges that it names as its evidence."""

    evidence: list[_Piece] = []


async def settle(tx: Tx, service: Service, now: datetime, learner: UUID | None = None) -> int:
    """Award the badges whose parts a learner (None: everybody) has by now; revoke those that lost one. How many.

    A badge that came by itself rests on the badges that it names: on them as they are now, whoever revoked one, and
    whoever has them after learners were merged or parted. What it is made of from now on changes none that was awarded.
    """
    defined = [(row, rubric.read(row.body)) for row in await definitions.achievements(tx)]
    pathways = [(row, definition) for row, definition in defined if definition.parts]
    if not (pathways or learner or await stored.any_made(tx)):
        return 0
    changed, tried = 0, set[tuple[UUID, UUID]]()
    while True:
        badges = await _badges(tx, learner)
        gone = [badge for own in badges.values() for badge in own if _lost(badge, own)]
        for badge in gone:
            await issue.change_state(tx, badge.credential, "revoked", PART_GONE)
        awarded = 0
        for row, definition in [] if gone else pathways:
            whole = {
                own: parts for own, parts in _complete(row.id, definition, badges).items() if (own, row.id) not in tried
            }
            tried |= {(own, row.id) for own in whole}  # each is tried once, whatever becomes of it
            awarded += await _award(tx, service, row, definition, whole=whole, now=now) if whole else 0
        changed += len(gone) + awarded
        if not gone and not awarded:
            return changed


async def _badges(tx: Tx, learner: UUID | None) -> Badges:
    rows = await stored.earned(tx, await learners.lineage(tx, learner) if learner else None)
    current = await learners.currents(tx, sorted({row.learner for row in rows}))
    badges: Badges = defaultdict(list)
    for row in rows:
        badges[current.get(row.learner, row.learner)].append(row)
    return badges


def _lost(row: EarnedRow, badges: Sequence[EarnedRow]) -> bool:
    """Whether a badge that came by itself names one that its learner no longer has."""
    if row.body is None:
        return False
    named = {piece.id for piece in msgspec.json.decode(row.body, type=_Whole).evidence}
    return not named <= {badge.credential.urn for badge in badges}


def _complete(achievement: UUID, definition: Definition, badges: Badges) -> dict[UUID, list[EarnedRow]]:
    """Who has every part and not the whole: learners, each with the latest badge of each part."""
    whole = {}
    for learner, rows in badges.items():
        latest = {row.achievement: row for row in rows if row.active}
        had = {row.achievement for row in rows}
        if achievement not in had and all(part in latest for part in definition.parts):
            whole[learner] = [latest[part] for part in definition.parts]
    return whole


async def _award(
    tx: Tx,
    service: Service,
    row: AchievementRow,
    definition: Definition,
    whole: dict[UUID, list[EarnedRow]],
    now: datetime,
) -> int:
    """Sign the badge to these learners, by the program that defined it: nothing where that one is not approved."""
    owner = await tenants.by_id(service.db, tx.tenant)
    assert owner is not None
    try:
        own = ProgramContext(tx, service, owner, await programs.approved(tx, row.program_id), now)
    except Conflict:
        return 0
    context = await signing_context(own)
    secret = await frameworks.sensitive(tx, sorted(definition.shown))
    places = {
        place.id: place for place in await citations.addressed(tx, list(definition.shown)) if place.id not in secret
    }
    address = address_of(context.issuer.home, row.id, str(row.version))
    achievement = recognition.achievement_of(address, definition, places, str(row.version), own.program.name)
    item = await endorsed(own, context, row.id, Item("", f"{stored.ORIGIN}{row.id}", achievement, now))
    awards = [
        (issue.Whom(learner), replace(item, narrative=_words(parts), evidence=tuple(map(_evidence, parts))))
        for learner, parts in whole.items()
    ]
    return len(await issue.issue_badges(tx, context, awards))


def _words(parts: Sequence[EarnedRow]) -> str:
    names = ", ".join(part.name for part in parts)
    return f"It came by itself with the last of its parts: {names}."


def _evidence(part: EarnedRow) -> Evidence:
    return Evidence(id=part.credential.urn, name=part.name, narrative=f"Awarded on {part.issued_at:%Y-%m-%d}.")
