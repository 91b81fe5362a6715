"""What a program's badges are signed with: by whom, at which address their achievement stands, who endorses it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from app.credentials import build, model
from app.credentials.issue import issue as signed
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.programs import endorsements as stored
from app.db.programs.programs import ProgramRow
from app.issuing import issue, issuer
from app.issuing.awards import Item
from app.issuing.issue import IssueOptions, IssuingContext
from app.issuing.issuer import Issuer, issuer_of
from app.programs import programs
from app.start import Service


@dataclass(frozen=True, slots=True)
class ProgramContext:
    """What is done for a program with: the transaction, the service, the district, the program, and when it is."""

    tx: Tx
    service: Service
    owner: TenantRow
    program: ProgramRow
    now: datetime


async def signing_context(desk: ProgramContext) -> IssuingContext:
    """What a program's badges are issued with: its own name and address, or the district's for which it acts."""
    tx, service, options = desk.tx, desk.service, IssueOptions(by=f"program {desk.program.slug}")
    own = programs.issuer_for(desk.owner, desk.program, service.settings)
    context = await issue.issuing_context(tx, service, desk.owner, options)
    return replace(context, issuer=own, key=await issuer.signing_key(tx, service.vault, own, options.kind))


def address_of(home: str, achievement: UUID, version: str) -> str:
    """Where a version of an achievement is published below its issuer's home."""
    return f"{home}/achievements/{uuid5(achievement, f'{home} {version}')}"


async def endorsed(desk: ProgramContext, context: IssuingContext, achievement: UUID, item: Item) -> Item:
    """The item with what other organizations say of its achievement, each signed under its own name."""
    rows = await stored.standing(desk.tx, [achievement])
    district = issuer_of(desk.owner, desk.service.settings)
    documents = []
    for row in rows:
        own = issuer.program_issuer(district, row.slug, row.program)
        key = await issuer.signing_key(desk.tx, desk.service.vault, own)
        words = build.endorsement(uuid4().urn, item.achievement.id, row.words, _profile(own), context.now)
        documents.append(signed(words, key, context.now))
    return replace(item, endorsements=tuple(documents))


def _profile(own: Issuer) -> model.Issuer:
    return model.Issuer(own.did, own.name, own.home)
