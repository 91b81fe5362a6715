"""Share: a link with a secret opens chosen credentials, for a purpose and a time, and each look is written down."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from app.access.keys import digest
from app.credentials.parts import Part, parts, presented, selective
from app.db import Tx
from app.db.sharing import shared as credentials_shared
from app.db.sharing.shared import DisclosureRow, ShareRow
from app.errors import Gone, Invalid, NotFound
from app.identity import learners
from app.sharing.holdings import JSON, Holding, holdings

LENGTH = 24
"""Random bytes in a link: 192 bits, which nobody guesses."""


@dataclass(frozen=True, slots=True)
class ShareRequest:
    """What is to be shared, why, with whom, until when."""

    items: Sequence[UUID]
    purpose: str
    recipient: str | None
    days: int
    show_name: bool
    by: str
    parts: Mapping[UUID, Sequence[str]] = field(default_factory=dict)


async def create_share(tx: Tx, learner: UUID, request: ShareRequest, own_name: str) -> tuple[ShareRow, str]:
    """A share, and its link's secret, told this once. NotFound for no learner, Invalid for what they do not hold."""
    await learners.lineage(tx, learner)
    own = {holding.id: holding for holding in await holdings(tx, learner, own_name)}
    for position, item in enumerate(request.items):
        if item not in own:
            detail = f"The learner holds no credential {item}: see GET …/credentials."
            raise Invalid.at(f"/items/{position}", detail)
    for item, chosen in request.parts.items():
        _check_parts(own.get(item), item, chosen, request)
    secret, now = secrets.token_urlsafe(LENGTH), datetime.now(UTC)
    row = ShareRow(
        id=uuid4(),
        learner_id=learner,
        items=list(dict.fromkeys(request.items)),
        purpose=request.purpose,
        recipient=request.recipient,
        show_name=request.show_name,
        created_by=request.by,
        created_at=now,
        expires_at=now + timedelta(days=request.days),
        revoked_at=None,
        parts={str(item): list(chosen) for item, chosen in request.parts.items()},
    )
    await credentials_shared.add_share(tx, row, digest(secret))
    return row, secret


async def open_share(tx: Tx, secret: str) -> ShareRow:
    """The share of a link. NotFound where there is none, Gone where it is over."""
    row = await credentials_shared.by_token(tx, digest(secret))
    if row is None:
        raise NotFound("No share has this link. Check that it was copied whole.")
    if row.revoked_at is not None or row.expires_at <= datetime.now(UTC):
        why = "taken back by who shared it" if row.revoked_at else "shared for a time that is over"
        raise Gone(f"It was {why}. Ask for a new one.", type="share-over", title="Link expired")
    return row


async def shared(tx: Tx, row: ShareRow, own_name: str) -> list[Holding]:
    """What a share shows, in the order it was chosen; what the learner no longer holds is not among it.

    Nor is a badge for work out of school of which a guardian has said that they no longer agree to it.
    """
    own = {holding.id: holding for holding in await holdings(tx, row.learner_id, own_name)}
    hidden = await credentials_shared.without_consent(tx, row.items)
    chosen = [(own[item], row.parts.get(str(item))) for item in row.items if item in own and item not in hidden]
    return await asyncio.to_thread(lambda: [part_of(holding, some) for holding, some in chosen])


def part_of(holding: Holding, chosen: Sequence[str] | None) -> Holding:
    """A credential with the parts that were chosen, or all, as others may see it."""
    if holding.media_type != JSON or not selective(document := holding.document()):
        return holding
    return replace(holding, body=msgspec.json.encode(presented(document, chosen)))


def parts_of(holding: Holding) -> list[Part]:
    """What of a credential may be shown by itself; nothing of one that is only shown whole."""
    return parts(holding.document()) if holding.media_type == JSON else []


def _check_parts(holding: Holding | None, item: UUID, chosen: Sequence[str], request: ShareRequest) -> None:
    """Invalid for parts of what is not shared, or that it does not have."""
    known = {part.id for part in parts_of(holding)} if holding is not None else ()
    wrong = next((part for part in chosen if part not in known), None)
    if item not in request.items or wrong is not None or not known:
        detail = f"The credential {item} has no part {wrong!r} that is shown by itself: see GET …/parts."
        raise Invalid.at(f"/parts/{item}", detail)


async def ended(tx: Tx, row: ShareRow) -> dict[str, str]:
    """The ids, as credentials write them, of what was issued to the learner and is suspended or revoked by now."""
    states = await credentials_shared.ended(tx, await learners.lineage(tx, row.learner_id))
    return {own.urn: state for own, state in states.items()}


async def note_view(tx: Tx, row: ShareRow, items: Sequence[UUID], via: str = "share link") -> None:
    """Write down that somebody with the link saw these."""
    party = row.recipient or "whoever has the link"
    await credentials_shared.log(
        tx, row.learner_id, via, party=party, purpose=row.purpose, items=[str(item) for item in items], share=row.id
    )


async def shares_of(tx: Tx, learner: UUID) -> list[ShareRow]:
    """A learner's shares, newest first, also those that are over. NotFound for no learner."""
    return await credentials_shared.of_learners(tx, await learners.lineage(tx, learner))


async def revoke(tx: Tx, share: UUID) -> None:
    """End a share at once. NotFound where there is none that is not ended."""
    if not await credentials_shared.revoke_share(tx, share):
        raise NotFound


async def disclosures(tx: Tx, learner: UUID, after: int, limit: int) -> list[DisclosureRow]:
    """Lines of the disclosure log about a learner, in order, after an id. NotFound for no learner."""
    return await credentials_shared.disclosures(tx, await learners.lineage(tx, learner), after, limit)


async def disclosures_before(tx: Tx, learner: UUID, but: str, before: int, limit: int) -> list[DisclosureRow]:
    """Disclosures from the newest, before an id, without looks of whom the log calls `but`. NotFound for no learner."""
    return await credentials_shared.latest(tx, await learners.lineage(tx, learner), f", {but}", before, limit)


async def note_disclosure(tx: Tx, learner: UUID, via: str, party: str, purpose: str, items: Sequence[str]) -> None:
    """Write down that somebody saw something of a learner other than by a share."""
    await credentials_shared.log(tx, learner, via, party=party, purpose=purpose, items=items)
