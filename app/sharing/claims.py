"""Claim: a link on paper or in an e-mail gives a family what was issued to their child, without an account.

It shows and gives the credentials that it names, and nothing else of the record.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.access.keys import digest
from app.db import Tx
from app.db.sharing import claims as stored
from app.db.sharing import shared
from app.db.sharing.claims import ClaimRow
from app.errors import Gone, Invalid, NotFound
from app.identity import learners
from app.secrets import Vault
from app.sharing.holdings import Holding, holdings
from app.sharing.readable import ReadableCredential, readable
from app.sharing.sharing import LENGTH, part_of
from schemas.addresses import is_email

__all__ = ["ClaimRow"]
DAYS = 180
"""How long a link works, where nobody says otherwise: paper lies about for a while."""


@dataclass(frozen=True, slots=True)
class NewClaim:
    """What is to be given to whose family, by whom, for how many days; `mail_to`: an e-mail address to send it to."""

    learner: UUID
    credentials: Sequence[UUID]
    by: str
    days: int = DAYS
    mail_to: str | None = None


async def make(tx: Tx, vault: Vault, new: NewClaim, own_name: str) -> tuple[ClaimRow, str]:
    """A claim, and its link's secret. Invalid for what was not issued to the learner or does not stand."""
    await learners.lineage(tx, new.learner)
    own = {holding.id for holding in await _issued(tx, new.learner, own_name) if holding.state == "active"}
    for position, credential in enumerate(new.credentials):
        if credential not in own:
            detail = f"No credential {credential} that stands was issued to the learner: see GET …/credentials."
            raise Invalid.at(f"/credentials/{position}", detail)
    if not new.credentials:
        raise Invalid("Nothing that stands was issued to the learner.", pointers={"/credentials": "nothing stands"})
    if new.mail_to is not None and not is_email(new.mail_to):
        detail = f"'{new.mail_to[:80]}' is no e-mail address."
        raise Invalid(detail, pointers={"/mailTo": detail})
    secret, now = secrets.token_urlsafe(LENGTH), datetime.now(UTC)
    row = ClaimRow(
        id=uuid4(),
        hash=digest(secret),
        sealed=vault.seal(tx.tenant, secret.encode()),
        learner_id=new.learner,
        credentials=list(dict.fromkeys(new.credentials)),
        mail_to=new.mail_to,
        mail_state="waiting" if new.mail_to else None,
        mail_tries=0,
        mail_at=now if new.mail_to else None,
        made_by=new.by,
        made_at=now,
        expires_at=now + timedelta(days=new.days),
        claimed_at=None,
        ended_at=None,
    )
    await stored.add(tx, row)
    return row, secret


async def any_mail_due(tx: Tx, now: datetime) -> bool:
    """Whether any claim is to be sent by now."""
    return bool(await stored.mail_due(tx, now, 1))


async def standing(tx: Tx, learner: UUID, own_name: str) -> list[Holding]:
    """What was issued to a learner and stands: what a claim gives where nobody chooses.

    What a learner record among it holds is given by that one, and not once more by itself.
    """
    active = [holding for holding in await _issued(tx, learner, own_name) if holding.state == "active"]
    parts = {child.id for holding in active if holding.kind == "ClrCredential" for child in _inside(holding)}
    return [holding for holding in active if holding.kind == "ClrCredential" or holding.id.urn not in parts]


def _inside(holding: Holding) -> tuple[ReadableCredential, ...]:
    return readable(holding.document()).inside


async def open_claim(tx: Tx, secret: str) -> ClaimRow:
    """The claim of a link. NotFound where there is none, Gone where it is over."""
    row = await stored.by_hash(tx, digest(secret))
    if row is None:
        raise NotFound("No claim has this link. Check that it was copied whole.")
    if row.ended_at is not None or row.expires_at <= datetime.now(UTC):
        why = "taken back by the school" if row.ended_at else "made for a time that is over"
        raise Gone(f"It was {why}. Ask the school for a new one.", type="claim-over", title="Link expired")
    return row


async def offered(tx: Tx, row: ClaimRow, own_name: str) -> list[Holding]:
    """What a claim gives, as it stands now, whole; not what a guardian no longer agrees to."""
    own = {holding.id: holding for holding in await _issued(tx, row.learner_id, own_name)}
    hidden = await shared.without_consent(tx, row.credentials)
    return [part_of(own[item], None) for item in row.credentials if item in own and item not in hidden]


async def claim(tx: Tx, row: ClaimRow, via: str = "claim link") -> None:
    """Note that somebody with the link has claimed what it gives: staff see it, and the log has it once."""
    if await stored.note_claimed(tx, row.id, datetime.now(UTC)):
        items = [str(item) for item in row.credentials]
        party, purpose = "whoever has the link", "to claim what was issued"
        await shared.log(tx, row.learner_id, via=via, party=party, purpose=purpose, items=items)


async def claims_of(tx: Tx, learner: UUID) -> list[ClaimRow]:
    """A learner's claims, newest first. NotFound for no learner."""
    return await stored.of_learners(tx, await learners.lineage(tx, learner))


async def end(tx: Tx, claim: UUID) -> None:
    """End a claim at once. NotFound where there is none that is not ended."""
    if not await stored.end(tx, claim, datetime.now(UTC)):
        raise NotFound(f"No claim {claim} can be ended.")


async def mail_due(tx: Tx, now: datetime, limit: int) -> list[ClaimRow]:
    """The claims that are to be sent by e-mail by now."""
    return await stored.mail_due(tx, now, limit)


async def mark_mail(tx: Tx, claim: UUID, state: str, tries: int, at: datetime) -> None:
    """Note what became of a claim's letter."""
    await stored.mark_mail(tx, claim, state, tries, at)


def secret_of(vault: Vault, tenant: int, row: ClaimRow) -> str:
    """The secret of a claim's link, to send it."""
    return vault.open(tenant, row.sealed).decode()


async def _issued(tx: Tx, learner: UUID, own_name: str) -> list[Holding]:
    return [holding for holding in await holdings(tx, learner, own_name) if holding.way == "issued"]
