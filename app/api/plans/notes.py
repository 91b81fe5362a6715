"""Notes: what learners write for themselves, for clients that may read it; deleted for good when they want it gone."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, Response

from app.api.kit.body import SoundRoute
from app.api.kit.context import NoteKeeper
from app.api.kit.idempotency import Creating
from app.api.kit.preconditions import IfMatch, check_if_match, etag_header
from app.api.kit.problem import problems
from app.api.plans.wire_plans import Named, Note, NoteBody, NoteList
from app.db.plans.notes import NoteRow
from app.errors import ApiError
from app.plans import notes, planning
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Plans"], route_class=SoundRoute)


@router.get("/learners/{learner}/notes", responses=problems(404))
async def list_notes(learner: UUID, caller: NoteKeeper, inside: Inside, response: Response) -> NoteList:
    """A learner's own notes, reflections, interests and strengths. No record, share or page shows the private ones."""
    response.headers["Cache-Control"] = "no-store"
    async with inside.db.transaction(caller.tenant) as tx:
        same = await planning.lineage(tx, learner)
        rows = await notes.of_learners(tx, same, only_open=False)
    return NoteList(notes=[note_shown(row) for row in rows])


@router.post("/learners/{learner}/notes", status_code=201, responses=problems(400, 404))
async def create_note(
    learner: UUID, written: NoteBody, caller: NoteKeeper, inside: Inside, response: Response, creating: Creating
) -> Note:
    """Write a note. It is private, unless it says that it is open."""
    new = _row(uuid4(), learner, written, f"client {caller.client}", datetime.now(UTC))
    async with inside.db.transaction(caller.tenant) as tx:
        row = await notes.by_id(tx, UUID(await creating.once(tx, caller, lambda: notes.add(tx, new))))
    response.headers.update(etag_header(str(row.revision)))
    return note_shown(row)


@router.put("/notes/{note}", responses=problems(400, 404, 412, 428))
async def rewrite_note(
    note: UUID, written: NoteBody, caller: NoteKeeper, inside: Inside, response: Response, seen: IfMatch = None
) -> Note:
    """Rewrite a note, open it or make it private. What it said before is not kept."""
    now, by = datetime.now(UTC), f"client {caller.client}"
    async with inside.db.transaction(caller.tenant) as tx:
        before = await notes.by_id(tx, note)
        check_if_match(seen, str(before.revision))
        new = replace(_row(note, before.learner_id, written, by, now), made_at=before.made_at)
        row = await notes.rewrite(tx, before, new)
        if row is None:
            raise ApiError(412, "changed-since", "Precondition failed", "Read it again.")
    response.headers.update(etag_header(str(row.revision)))
    return note_shown(row)


@router.delete("/notes/{note}", status_code=204, responses=problems(404))
async def delete_note(note: UUID, caller: NoteKeeper, inside: Inside) -> None:
    """Delete a note for good."""
    async with inside.db.transaction(caller.tenant) as tx:
        await notes.delete(tx, note)


def note_shown(row: NoteRow) -> Note:
    """A note on the wire."""
    return Note(
        id=row.id,
        learner=row.learner_id,
        kind=row.kind,
        words=row.words,
        open=row.open,
        plan=row.plan_id,
        goal=row.goal,
        writer=Named(name=row.name, role=row.role),
        etag=str(row.revision),
        written_at=row.made_at,
        changed_at=row.changed_at,
    )


def _row(own: UUID, learner: UUID, written: NoteBody, by: str, now: datetime) -> NoteRow:
    who = written.writer
    return NoteRow(
        id=own,
        learner_id=learner,
        plan_id=written.plan,
        goal=written.goal,
        kind=written.kind,
        words=written.words,
        open=written.open,
        name=who.name,
        role=who.role,
        revision=1,
        made_by=by,
        made_at=now,
        changed_at=now,
    )
