"""Consent that ends: of what nobody agrees to any more, nothing stays of what it said: words, files, messages, lists.

What is in the record is shown to nobody from then on, and forgotten once the district takes it out. That there was
something, when it came and that consent ended stays, and by which hash it is known: so that the same case is not taken
in again by a list that is uploaded once more.
"""

from dataclasses import replace
from datetime import datetime

import msgspec

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import submissions as stored
from app.db.programs import ways_in
from app.db.programs.submissions import SubmissionRow
from app.programs import files, lists
from app.programs.lists import Row
from app.programs.submission import FORGOTTEN, Learner, Submission, decode, encode
from app.programs.submitting import step
from app.settings import Settings

NO_MORE = "A parent or guardian no longer agrees that this is kept: it was deleted."


def _empty(row: SubmissionRow) -> str:
    """Nothing but the team, by which its other members' photos stay hidden."""
    return encode(Submission(learner=Learner(), title=FORGOTTEN, team=decode(row.body).team)).decode()


async def end_consent(
    tx: Tx, settings: Settings, row: SubmissionRow, note: str | None, by: Signature, now: datetime
) -> SubmissionRow:
    """Whoever agreed no longer agrees: what is not decided is withdrawn and forgotten; what is in the record is shown
    no more from now on, and waits for the district to take it back.

    `row` is locked.
    """
    ended = replace(row, consent_ended_at=row.consent_ended_at or now)
    changed = await step(tx, ended, "end consent", by=by, note=note, now=now)
    return changed if changed.state == "accepted" else await forget(tx, settings, changed)


async def forget(tx: Tx, settings: Settings, row: SubmissionRow) -> SubmissionRow:
    """Delete what a submission said, in all its versions, with its files, its badge, and what was said about it."""
    empty = _empty(row)
    forgotten = replace(row, body=empty, whose=None, learner_id=None, consent_by=None)
    await stored.save(tx, forgotten)
    await stored.erase(tx, row.id, empty)
    await files.forget(tx, settings, [row.id])
    for upload in await ways_in.lists_of(tx, row.program_id):
        read = lists.decode(msgspec.json.encode(upload.rows))
        others = tuple(_without(line, row.key, decode(row.body).learner.name) for line in read.rows)
        if others != read.rows:
            rows = msgspec.json.decode(lists.encode(msgspec.structs.replace(read, rows=others)))
            await ways_in.rewrite_list(tx, upload.id, rows)
    return replace(forgotten, revision=row.revision + 1)


def _without(line: Row, key: str, name: str | None) -> Row:
    """A row of a list; its number and why alone, where it said what is forgotten or, not read, names whose it is."""
    if line.submission is not None:
        same_case = line.submission.key == key
    else:
        same_case = bool(name) and str(name).casefold() in " ".join(line.cells).casefold()
    return Row(line.line, (), wrong=NO_MORE) if same_case else line
