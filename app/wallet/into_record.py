"""Adding to the record: a credential received by a learner's own consent becomes part of it, as pushed ones do.

Whose it is was said by the learner, with a code from school: a line in the ledger of decisions ties the two together,
and staff can undo it like any other. What is in the credential ties nobody to anybody.
"""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from app.db import Tx, queue
from app.db.identity import persons
from app.db.identity.persons import Ref
from app.db.records import learners
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.db.wallet import wallet
from app.db.wallet.wallet import CONSENTED
from app.identity import decisions
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.secrets import Vault
from app.sources.source import NOTHING_PRIVATE, open_source
from app.wallet.submitted import JWS, SubmissionOutcome, SubmittedCredential, keep
from connectors import Page, named

NAME = "Learners' apps and other hosts"
CONNECTOR = "open_badges"
LEAST = 1000
"""Its rank: what others say of a learner comes first, and no learner is called by it."""
REASON = "the learner has let the app in, or the other host"


async def add_to_record(tx: Tx, vault: Vault, learner: UUID, handed: SubmittedCredential, by: str) -> SubmissionOutcome:
    """Keep a credential for a learner, and take it into the record; what became of it.

    Call it last in the transaction (`queue.settle_soon`).
    """
    outcome = await keep(tx, learner, handed, by)
    if outcome.outcome != "unchanged":
        await _enter(tx, vault, learner, handed=handed, outcome=outcome, by=by)
    return outcome


async def _enter(
    tx: Tx, vault: Vault, learner: UUID, handed: SubmittedCredential, outcome: SubmissionOutcome, by: str
) -> None:
    same = await learners.lineage(tx, learner)
    anchor = await wallet.anchor(tx, learner, same) if same else None
    if anchor is None:  # whoever was forgotten meanwhile has no record
        return
    source = open_source(await _source(tx), vault, NOTHING_PRIVATE)
    envelope = _envelope(learner, handed, outcome.id)
    await ingest(tx, Arrival(source, source.stream("credentials"), datetime.now(UTC)), Page([envelope]))
    await link_persons(tx, anchor, (source.id, f"account:{learner}"), by, REASON)
    await queue.settle_soon(tx)


async def _source(tx: Tx) -> SourceRow:
    """The source of the tenant that stands for all these, made at first use."""
    row = await sources.by_slug(tx, CONSENTED)
    if row is None:
        await wallet.lock_consented(tx)
        row = await sources.by_slug(tx, CONSENTED)
    if row is None:
        new = SourceRow(
            id=0,
            tenant_id=tx.tenant,
            slug=CONSENTED,
            name=NAME,
            connector=CONNECTOR,
            settings={},
            secrets=None,
            rank=LEAST,
            every_minutes=None,
            full_every_days=7,
            shrink_share=0.2,
            state="active",
            state_reason=None,
            due_at=None,
            created_at=datetime.now(UTC),
        )
        row = await sources.by_id(tx, await sources.add(tx, new))
    assert row is not None
    assert row.connector == named(CONNECTOR).name
    return row


def _envelope(learner: UUID, handed: SubmittedCredential, own: UUID) -> bytes:
    """The submission, in which the credential stands byte for byte."""
    whose = {"identifiers": [{"type": "account", "value": str(learner)}]}
    submission = msgspec.json.encode({"id": str(own), "learner": whose})
    body = msgspec.json.encode(handed.body.decode()) if handed.media_type == JWS else handed.body
    return submission[:-1] + b',"credential":' + body + b"}"


async def link_persons(tx: Tx, anchor: Ref, person: Ref, by: str, reason: str) -> None:
    """Tie the two, unless it was decided already: staff may have parted them."""
    pair = sorted((anchor, person))
    ledger = await persons.decisions_of(tx, pair)
    decided = {((row.left_source, row.left_key), (row.right_source, row.right_key)) for row in ledger}
    if tuple(pair) not in decided:
        await decisions.link(tx, anchor, person, by=by, reason=reason)
