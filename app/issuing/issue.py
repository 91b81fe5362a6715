"""Issue: what is awarded to learners becomes signed credentials, kept as they were signed, each in a status list.

The same thing is issued to the same learner once: asked for again, the credential that stands is the answer, until it
is revoked. Whatever is issued can be suspended or revoked from the moment it exists.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4

import msgspec

from app.credentials import build, model
from app.credentials.grouping import GROUPS
from app.credentials.issue import issue, issue_selective, issue_token
from app.credentials.keys import SigningKey
from app.credentials.parts import Part, parts, presented
from app.credentials.proof import proofs
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.issuing import issued
from app.db.issuing.issued import IssuedRow
from app.db.records import learners
from app.errors import Conflict, Invalid, NotFound
from app.issuing import associations
from app.issuing import issuer as issuers
from app.issuing.awardable import awardable, outward
from app.issuing.awards import Item
from app.issuing.issuer import Issuer, Kind
from app.issuing.publish import StatusType, status_entry
from app.issuing.vc_api import NOBODY
from app.records.document import Header, WholeRecord
from app.records.reading import whole
from app.records.sensitive import general, unaligned
from app.start import Service

Format = Literal["vc", "vc+jwt", "ecdsa-sd-2023"]
BADGE, RECORD = "OpenBadgeCredential", "ClrCredential"
MEDIA: dict[Format, str] = {"vc": "application/json", "vc+jwt": "text/plain", "ecdsa-sd-2023": "application/json"}
AWARDED = ("program/", "award ")
"""How the origins of what people awarded begin."""
MOST = 300
"""Credentials in one learner record (CLR): the first groups and the newest, where there are more."""


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """How something is issued: secured how, with which kind of key, for how long, and with a hashed e-mail address?"""

    by: str
    format: Format = "vc"
    kind: Kind = "Ed25519"
    days: int | None = None
    email: bool = False
    status: StatusType = "1EdTechRevocationList"
    batch: UUID | None = None


@dataclass(frozen=True, slots=True)
class IssuingContext:
    """All that is needed to issue for one tenant within a transaction.

    `key_of_inside`: what is inside a learner record is signed with, which is shown whole or not at all.
    """

    tenant: TenantRow
    issuer: Issuer
    key: SigningKey
    key_of_inside: SigningKey
    options: IssueOptions
    now: datetime

    @property
    def profile(self) -> model.Issuer:
        """The issuer as credentials name it."""
        return model.Issuer(self.issuer.did, self.issuer.name, self.issuer.home)

    @property
    def of_inside(self) -> "IssuingContext":
        """How to issue what is inside a learner record."""
        return replace(self, key=self.key_of_inside, options=replace(self.options, format="vc", kind="Ed25519"))

    @property
    def until(self) -> datetime | None:
        """When what is issued ends to be valid, if it does."""
        return self.now + timedelta(days=self.options.days) if self.options.days else None


class Whom(NamedTuple):
    """Whom something is issued to, and the addresses by which they may be told in it."""

    learner: UUID
    emails: tuple[str, ...] = ()


def whom(header: Header) -> Whom:
    """Whom a record is of."""
    return Whom(UUID(header.id), tuple(address.value for address in header.emails))


async def issuing_context(tx: Tx, service: Service, tenant: TenantRow, options: IssueOptions) -> IssuingContext:
    """A desk to issue at: the tenant's key is made if there is none yet."""
    issuer = issuers.issuer_of(tenant, service.settings)
    key = await issuers.signing_key(tx, service.vault, issuer, options.kind)
    inner = key if options.kind == "Ed25519" else await issuers.signing_key(tx, service.vault, issuer)
    return IssuingContext(
        tenant, issuer, key, key_of_inside=inner, options=options, now=datetime.now(UTC).replace(microsecond=0)
    )


async def record_of(service: Service, tenant: int, learner: UUID) -> WholeRecord:
    """A learner's record, to choose from. NotFound where there is none."""
    async with service.db.transaction(tenant) as tx:
        row = await learners.seen(tx, learner)
        if row is None or (row.body is None and row.merged_into is None):
            raise NotFound(f"No learner {learner} has a record.")
        if row.merged_into is None:
            return await whole(tx, learner)
    return await record_of(service, tenant, row.merged_into)


async def issue_badges(tx: Tx, context: IssuingContext, awards: Sequence[tuple[Whom, Item]]) -> list[IssuedRow]:
    """Open Badges for items of learners' records; for what was issued before, the credential that stands."""
    await issued.lock_issuing(tx)
    known = await issued.standing(tx, BADGE, [(whom.learner, item.origin) for whom, item in awards])
    new = [(whom, item) for whom, item in awards if (whom.learner, item.origin) not in known]
    places = await issued.take_places(tx, len(new))
    rows = await asyncio.to_thread(
        lambda: [_signed_badge(context, *badge, place) for badge, place in zip(new, places, strict=True)]
    )
    await issued.store(tx, rows)
    await publish(tx, context, {item.achievement.id: item.achievement for _, item in new})
    await _announce(tx, rows)
    by_award = {**known, **{(row.learner_id, row.origin): row for row in rows}}
    return [by_award[whom.learner, item.origin] for whom, item in awards]


async def issue_record(
    tx: Tx,
    context: IssuingContext,
    record: WholeRecord,
    chosen: Sequence[Item] | None,
    received: Sequence[dict[str, Any]],
    origin: str | None = None,
    vouching: str | None = None,
) -> IssuedRow:
    """A learner record (CLR) of these items and of what others issued.

    Without a choice it holds what is `usual`, and the badges that were awarded to the learner here. It says how its
    achievements hang together. `vouching`: words by which we endorse each of what others issued.
    """
    items = list(chosen) if chosen is not None else _ordered(await usual(tx, context, record))
    received = await unaligned(tx, received)
    about, own = whom(record.header), uuid4()
    inside = await issue_badges(tx, context.of_inside, [(about, item) for item in items])
    inside += await awarded(tx, about.learner) if chosen is None else []
    children = [presented(msgspec.json.decode(row.body)) for row in inside if row.media_type == MEDIA["vc"]]
    if not children and not received:
        raise Invalid("The record holds nothing of this choice.", type="nothing-to-issue", title="Nothing to issue")
    courses, links = await _associations(tx, record, items)
    ((number, place),) = await issued.take_places(tx, 1)
    vouched = [_vouched(context.of_inside, credential, vouching) for credential in received] if vouching else []
    learner_record = model.LearnerRecord(
        id=own.urn,
        name=f"Learner record, {context.issuer.name}",
        subject=_subject(context, about),
        valid_from=context.now,
        valid_until=context.until,
        credentials=(*children, *received),
        partial=chosen is not None or None,
        achievements=tuple(courses),
        associations=tuple(links),
        endorsements=tuple(vouched),
        status=(status_entry(context.issuer, context.options.status, number, place),),
    )
    document, at_place = build.clr(learner_record, context.profile), (number, place)
    origin = origin or f"record {own}"
    row = _row(context, own, about.learner, kind=RECORD, origin=origin, document=document, place=at_place)
    await issued.store(tx, [row])
    await _announce(tx, [row])
    return row


async def _associations(
    tx: Tx, record: WholeRecord, items: Sequence[Item]
) -> tuple[Sequence[model.Achievement], list[model.Association]]:
    """The courses these items are of, and how their achievements hang together, by course and by framework."""
    courses, links = associations.of_courses(record, items)
    aligned = associations.competencies(items)
    links += associations.of_frameworks(aligned, await issued.links(tx, list(aligned)))
    return courses, links


async def usual(tx: Tx, context: IssuingContext, record: WholeRecord) -> list[Item]:
    """What is issued of a record where nobody chooses: what means something outside, and is not sensitive."""
    public = general(record)
    return outward(public, await awardable(tx, context.issuer.home, public))


async def awarded(tx: Tx, learner: UUID) -> list[IssuedRow]:
    """The badges that staff and programs awarded to a learner here, which stand and tell of nothing sensitive."""
    rows = [
        row
        for row in await issued.of_learners(tx, await learners.lineage(tx, learner))
        if row.kind == BADGE and row.state == "active" and row.origin.startswith(AWARDED)
    ]
    documents = {row.id.urn: msgspec.json.decode(row.body) for row in rows if row.media_type == MEDIA["vc"]}
    shareable = {document["id"] for document in await unaligned(tx, list(documents.values()))}
    return [row for row in rows if row.id.urn in shareable]


def _vouched(context: IssuingContext, credential: dict[str, Any], words: str) -> dict[str, Any]:
    """Our endorsement of what another issued."""
    return issue(
        build.endorsement(uuid4().urn, credential["id"], words, context.profile, context.now), context.key, context.now
    )


async def change_state(tx: Tx, credential: UUID, state: str, reason: str | None) -> IssuedRow:
    """Suspend, reinstate (`active`) or revoke a credential. NotFound for none, Conflict for one revoked already."""
    row = await issued.issued(tx, credential)
    if row is None:
        raise NotFound(f"No credential {credential} was issued.")
    if state == "suspended" and row.status_type == "BitstringStatusListEntry":
        why = "Its status list tells revocation alone: revoke it, or issue with the 1EdTech revocation list."
        raise Conflict(why, type="not-suspendable", title="Credential cannot be suspended")
    if not await issued.set_state(tx, credential, state, reason):
        raise Conflict("That is final: issue it anew.", type="revoked", title="Credential revoked")
    event: dict[str, object] = {"credential": str(credential), "state": state}
    if row.learner_id != NOBODY:
        await learners.announce(tx, [("credential.changed", row.learner_id, event)])
    return (await issued.issued(tx, credential)) or row


def _ordered(awardables: list[Item]) -> list[Item]:
    """As many as a record holds: those of the first groups before others, the newest of each before older ones."""
    earliest = datetime.min.replace(tzinfo=UTC)
    newest = sorted(awardables, key=lambda item: item.date or earliest, reverse=True)
    return sorted(newest, key=lambda item: GROUPS.index(item.group))[:MOST]


def _signed_badge(context: IssuingContext, whom: Whom, item: Item, place: tuple[int, int]) -> IssuedRow:
    own = uuid4()
    award = item.award(
        own.urn,
        _subject(context, whom),
        context.now,
        context.until,
        (status_entry(context.issuer, context.options.status, *place),),
    )
    document = build.open_badge(award, context.profile)
    return _row(context, own, whom.learner, kind=BADGE, origin=item.origin, document=document, place=place)


def _row(
    context: IssuingContext,
    own: UUID,
    learner: UUID,
    kind: str,
    origin: str,
    document: dict[str, Any],
    place: tuple[int, int],
) -> IssuedRow:
    """Sign a document; what is kept of it."""
    options = context.options
    if options.format != "vc+jwt":
        make = issue if options.format == "vc" else issue_selective
        signed = make(document, context.key, context.now)
        body = msgspec.json.encode(signed | {"proof": proofs(signed)})  # a list, as the API's schema wants it
    else:
        body = issue_token(document, context.key).encode()
    return IssuedRow(
        own,
        learner,
        kind,
        origin,
        document["name"],
        MEDIA[options.format],
        body,
        *place,
        options.status,
        "active",
        None,
        options.by,
        context.now,
        context.until,
        context.now,
        options.batch,
    )


def _subject(context: IssuingContext, whom: Whom) -> model.Subject:
    """Whom it is about: an identifier that means something to the issuer alone and, if asked for, hashed addresses."""
    pairwise = model.pairwise(context.tenant.salt, context.issuer.did, str(whom.learner))
    emails = whom.emails if context.options.email else ()
    return model.Subject(pairwise, tuple(model.hashed_email(email, secrets.token_hex(16)) for email in emails))


async def publish(tx: Tx, context: IssuingContext, achievements: dict[str, model.Achievement]) -> None:
    """Let everybody read what was achieved, as far as it is meant for everybody."""
    begin, creator = f"{context.issuer.home}/achievements/", build.profile(context.profile)
    rows = [
        (UUID(name.removeprefix(begin)), msgspec.json.encode(build.achievement(achievement) | {"creator": creator}))
        for name, achievement in achievements.items()
        if name.startswith(begin)
    ]
    await issued.publish_achievements(tx, rows)


async def _announce(tx: Tx, rows: Sequence[IssuedRow]) -> None:
    if rows:
        events: list[tuple[str, UUID, dict[str, object]]] = [
            ("credential.issued", row.learner_id, {"credential": str(row.id), "kind": row.kind}) for row in rows
        ]
        await learners.announce(tx, events)


async def credential_of(tx: Tx, credential: UUID) -> IssuedRow:
    """A credential that was issued here, with its state. NotFound where none was."""
    row = await issued.issued(tx, credential)
    if row is None:
        raise NotFound(f"No credential {credential} was issued.")
    return row


async def parts_of(tx: Tx, credential: UUID) -> list[Part]:
    """What of a credential that was issued here may be shown by itself. NotFound where none was."""
    row = await credential_of(tx, credential)
    return parts(msgspec.json.decode(row.body)) if row.media_type == MEDIA["vc"] else []


async def badges_issued(tx: Tx, learner: UUID, items: Sequence[Item]) -> dict[str, UUID]:
    """Of these items, those that a learner has a badge of that is not revoked: its id, by the item's origin."""
    known = await issued.standing(tx, BADGE, [(learner, item.origin) for item in items])
    return {origin: row.id for (_, origin), row in known.items()}


async def achievement_of(tx: Tx, achievement: UUID) -> dict[str, Any]:
    """An achievement as everybody may read it. NotFound where none is published under that id."""
    body = await issued.achievement(tx, achievement)
    if body is None:
        raise NotFound("This issuer has published no such achievement.")
    return body
