"""Exhibitions: what a learner chose to show, on a page with an end, and only while they agree to it.

Under 13, or where no birth date is known, a guardian's consent comes first: without a name and a day there is no page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from app.db import Tx
from app.db.programs import exhibitions as stored
from app.db.programs import submissions
from app.db.programs.exhibitions import CommentRow, ExhibitionRow
from app.db.programs.submissions import SubmissionRow
from app.errors import Gone, Invalid, NotFound
from app.identity.learners import lineage
from app.people.codes import hash_of, new_code, read_code
from app.programs import files, submission
from app.programs.consent import grown_since
from app.programs.files import FileRow
from app.secrets import Vault

__all__ = ["CommentRow", "ExhibitionRow"]
LONGEST = timedelta(days=366)
MOST_COMMENTS = 200


@dataclass(frozen=True, slots=True)
class NewExhibition:
    """A new exhibition, and the code in its address."""

    row: ExhibitionRow
    code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be shown, under which title and first name, who agreed, and until when."""

    title: str
    shown_as: str
    pieces: tuple[UUID, ...]
    ends: datetime
    consent_by: str
    words: str | None = None


async def open_exhibition(tx: Tx, vault: Vault, learner: UUID, plan: Plan, by: str, now: datetime) -> NewExhibition:
    """Open an exhibition of a learner's accepted work. Invalid names what lacks: consent, an end, something to show."""
    pointers: dict[str, str] = {}
    if not plan.consent_by.strip():
        pointers["/consent"] = "say who agreed to it"
    if not now < plan.ends <= now + LONGEST:
        pointers["/ends"] = "a day to come, within a year"
    if not plan.title.strip():
        pointers["/title"] = "give it a title"
    own = {row.id for row in await _works(tx, learner)}
    if not plan.pieces or not set(plan.pieces) <= own:
        pointers["/pieces"] = "choose among what is in the record"
    if pointers:
        raise Invalid.of(pointers)
    code = new_code()
    secret = read_code(code)
    assert secret is not None
    row = ExhibitionRow(
        id=uuid4(),
        learner_id=learner,
        hash=hash_of(secret),
        sealed=vault.seal(tx.tenant, code.encode()),
        title=plan.title[:200],
        shown_as=plan.shown_as[:100],
        words=plan.words,
        pieces=list(plan.pieces),
        consent_by=plan.consent_by[:200],
        consent_at=now,
        ends_at=plan.ends,
        ended_at=None,
        made_by=by,
        made_at=now,
    )
    await stored.add(tx, row)
    return NewExhibition(row, code)


async def by_code(tx: Tx, typed: str, now: datetime) -> tuple[ExhibitionRow, list[SubmissionRow]]:
    """The exhibition of a code, and its pieces. NotFound for none, Gone where it is over or consent was taken back.

    A piece that was taken back since is not shown.
    """
    secret = read_code(typed)
    row = await stored.by_hash(tx, hash_of(secret)) if secret else None
    if row is None:
        raise NotFound("No exhibition has this address. Check that it was copied whole.")
    if row.ended_at is not None or row.ends_at <= now:
        raise Gone("This exhibition is over.")
    works = {work.id: work for work in await _works(tx, row.learner_id)}
    return row, [works[piece] for piece in row.pieces if piece in works]


async def of_learner(tx: Tx, learner: UUID) -> list[ExhibitionRow]:
    """A learner's exhibitions, newest first, also those that are over."""
    return await stored.of_learners(tx, await lineage(tx, learner))


async def works(tx: Tx, learner: UUID) -> list[SubmissionRow]:
    """What of a learner can be shown: accepted work, the latest first."""
    return await _works(tx, learner)


async def work_of(tx: Tx, learner: UUID, work: UUID) -> SubmissionRow:
    """A learner's work that could be shown, locked. NotFound where there is none of that id."""
    if work not in {row.id for row in await _works(tx, learner)}:
        raise NotFound(f"No work {work}.")
    row = await submissions.locked(tx, work)
    assert row is not None
    return row


async def end(tx: Tx, learner: UUID, exhibition: UUID, now: datetime) -> None:
    """Close an exhibition: consent is taken back. NotFound where the learner has none of that id."""
    if exhibition not in {row.id for row in await of_learner(tx, learner)}:
        raise NotFound
    await stored.end(tx, exhibition, now)


async def comment(tx: Tx, row: ExhibitionRow, name: str, words: str, now: datetime) -> None:
    """A visitor's word: held until the learner's side lets it be seen. Invalid where it says nothing."""
    if not words.strip() or not name.strip():
        raise Invalid("Say who you are, and what you want to say.", pointers={"/words": "missing"})
    if len(await stored.comments(tx, row.id)) < MOST_COMMENTS:
        await stored.add_comment(
            tx,
            CommentRow(
                id=uuid4(),
                exhibition_id=row.id,
                name=name.strip()[:100],
                words=words.strip()[:2000],
                shown_at=None,
                made_at=now,
            ),
        )


async def comments(tx: Tx, exhibition: UUID) -> list[CommentRow]:
    """The comments on an exhibition, the first first; `shown_at` None: it is held."""
    return await stored.comments(tx, exhibition)


async def show_comment(tx: Tx, learner: UUID, exhibition: UUID, chosen: UUID, now: datetime) -> None:
    """Show a comment that was held."""
    if exhibition not in {row.id for row in await of_learner(tx, learner)}:
        raise NotFound
    await stored.show_comment(tx, exhibition, chosen, now)


async def pictures(tx: Tx, work: SubmissionRow, today: date) -> list[FileRow]:
    """The pictures of a piece that may be shown: none of a team of whom one does not agree, or no longer does.

    One artifact of a team is each member's; nobody can tell who of them is to be seen in it.
    """
    own = submission.decode(work.body)
    ended: set[str] = set()
    for team, hashes in await submissions.teams_without_consent(tx, work.program_id, grown_since(today)):
        if team and own.team and team.casefold() == own.team.casefold():
            return []
        ended |= {*hashes}
    stored_files = await files.of_submission(tx, work.id)
    return [row for row in stored_files if row.media_type.startswith("image/") and row.sha256 not in ended]


async def _works(tx: Tx, learner: UUID) -> list[SubmissionRow]:
    same: Sequence[UUID] = await lineage(tx, learner)
    return [
        row for row in await submissions.of_learners(tx, same) if row.state == "accepted" and not row.consent_ended_at
    ]
