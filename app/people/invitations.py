"""Invitations: a code on paper or in a link that makes an account with one role, once; ended at any time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.db import Tx
from app.db.people import accounts, invitations
from app.db.people.accounts import AccountRow
from app.db.people.invitations import InvitationRow
from app.errors import Gone, Invalid, NotFound
from app.people import accounts as people
from app.people.codes import hash_of, new_code, read_code
from app.people.roles import BOUND, ROLES, Role

DAYS = 14
"""How long an invitation may be used, unless said otherwise."""
ENTER = "sign-in"
"""In the place of a role: the invitation signs its account in, and gives nothing."""
FIRST = "tessera serve"
"""Who made the invitation of a district's first administrator."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation; `code` is told this once."""

    row: InvitationRow
    code: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation gives: a role, perhaps bound to a learner, a source, a school or a person of the roster."""

    role: Role
    learner: UUID | None = None
    source: int | None = None
    org: str | None = None
    person: str | None = None
    name: str | None = None
    email: str | None = None
    role_ends: datetime | None = None


async def invite(tx: Tx, offer: Offer, by: str, *, days: int = DAYS) -> Invited:
    """Invite somebody to a role. Invalid where the role needs a learner, or an end, and has none."""
    if offer.role not in ROLES:
        raise Invalid(f"'{offer.role}' is no role: there are {', '.join(ROLES)}.", pointers={"/role": "unknown"})
    if offer.role in BOUND and offer.learner is None:
        raise Invalid(f"The role '{offer.role}' is for one learner: say which.", pointers={"/learner": "missing"})
    if offer.role == "assessor" and offer.role_ends is None:
        raise Invalid("An outside assessor's role ends by itself: say when.", pointers={"/ends": "missing"})
    row = InvitationRow(
        id=uuid4(),
        role=offer.role,
        learner_id=offer.learner,
        source_id=offer.source,
        org=offer.org,
        person=offer.person,
        account_id=None,
        name=offer.name,
        email=offer.email and people.folded(offer.email),
        role_ends=offer.role_ends,
        made_by=by,
        made_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    return await _store(tx, row)


async def invite_anew(tx: Tx, account: UUID, by: str) -> Invited:
    """Let the owner of an account set a new password within two days: for whoever forgot theirs, and asks in person."""
    return await _to_account(tx, account, None, by, days=2)


async def sign_in_link(tx: Tx, account: UUID, by: str, *, days: int = 1) -> Invited:
    """A link that signs the owner of an account in, once: for a demo, and for whoever runs the instance."""
    return await _to_account(tx, account, ENTER, by, days)


async def first_administrator(tx: Tx) -> Invited | None:
    """The invitation of the first administrator, in place of earlier ones; None where the tenant has accounts."""
    if await accounts.any_account(tx):
        return None
    await invitations.end_made_by(tx, FIRST, datetime.now(UTC))
    return await invite(tx, Offer("administrator"), FIRST)


async def read(tx: Tx, typed: str) -> InvitationRow:
    """The invitation of a code, held until the transaction ends. NotFound, or Gone where it was used or is over."""
    code = read_code(typed)
    row = await invitations.by_hash(tx, hash_of(code)) if code else None
    if row is None:
        raise NotFound("This code is not known here. Check that it was copied whole, or ask for a new one.")
    if row.used_at or row.ended_at or row.expires_at <= datetime.now(UTC):
        raise Gone("This invitation was used or has ended. Ask whoever gave it to you for a new one.")
    return row


async def accept(tx: Tx, row: InvitationRow, account: AccountRow) -> None:
    """Give an account what an invitation, just read, offers; it cannot be used again."""
    now = datetime.now(UTC)
    await invitations.use(tx, row.id, account.id, now)
    if row.role is None or row.role == ENTER:
        return
    role: Role = row.role  # type: ignore[assignment]  # `invite` checked it
    if row.person is not None and row.source_id is not None:
        await people.bind(tx, account.id, [(row.source_id, row.person)], row.made_by)
    bound = row.person is not None
    await people.give(
        tx,
        account.id,
        role,
        by=row.made_by,
        origin="invitation",
        learner=row.learner_id,
        source=None if bound and row.org is None else row.source_id,
        org=row.org,
        ends=row.role_ends,
    )


async def _to_account(tx: Tx, account: UUID, role: str | None, by: str, days: int) -> Invited:
    """Invite the owner of an account to set a new password (`role` None), or to sign in (`ENTER`)."""
    owner = await people.known(tx, account)
    now = datetime.now(UTC)
    row = InvitationRow(
        id=uuid4(),
        role=role,
        learner_id=None,
        source_id=None,
        org=None,
        person=None,
        account_id=owner.id,
        name=owner.name,
        email=None,
        role_ends=None,
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    return await _store(tx, row)


async def _store(tx: Tx, row: InvitationRow) -> Invited:
    code = new_code()
    normalized = read_code(code)
    assert normalized is not None
    await invitations.add(tx, row, hash_of(normalized))
    return Invited(row, code)
