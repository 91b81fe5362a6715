"""Cases: who is this? One case for each person that is asked about, with whoever it may be, until people decide it.

Somebody claims a case for a while, so that two do not look at one; decides it, says that it cannot be told, or notes
something for whoever comes next. Of a source that the district marks as delicate, two people say the same before it
holds. What is decided stands in the ledger (`identity.decisions`) and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.db import Tx
from app.db.identity import cases as stored
from app.db.identity import persons
from app.db.identity.cases import CaseRow, WaitRow
from app.db.identity.persons import DecisionRow, Ref
from app.errors import Conflict, Invalid, NotFound
from app.identity import decisions
from app.identity.decisions import refs_of
from app.identity.portraits import Portrait, portraits

LEASE = timedelta(minutes=15)
"""For how long a claim holds."""
LATELY = timedelta(days=90)
"""Over what time it is told how long cases waited that were decided."""
SHOWN = 3
"""How many candidates are shown side by side."""
Outcome = Literal["decided", "second", "aside"]
"""It is decided; it waits for a second person; or nobody can tell so far."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom the person of a case may be, by the pair's number, and what speaks for and against it."""

    pair: int
    ref: Ref
    portrait: Portrait
    reason: str


@dataclass(frozen=True, slots=True)
class Case:
    """A person of whom it is asked who they are, and up to three candidates, the likeliest first."""

    row: CaseRow
    ref: Ref
    portrait: Portrait
    candidates: Sequence[Candidate]


async def listed(
    tx: Tx,
    *,
    after: int = 0,
    limit: int = 10,
    source: int | None = None,
    before: datetime | None = None,
    aside: bool = False,
) -> list[Case]:
    """Cases that wait after an id, in the order they came up; or (`aside`) those of which nobody can tell."""
    rows = await stored.listed(tx, after=after, limit=limit, source=source, before=before, aside=aside)
    questions = {
        row.id: row for row in await stored.decisions_by_id(tx, [n for row in rows for n in row.pairs[:SHOWN]])
    }
    seen = await portraits(tx, [ref for question in questions.values() for ref in refs_of(question)])
    listing: list[Case] = []
    for row in rows:
        ref = (row.source_id, row.person)
        candidates = [_candidate(questions[n], ref, seen) for n in row.pairs[:SHOWN] if n in questions]
        listing.append(Case(row, ref, seen[ref], candidates))
    return listing


def _candidate(question: DecisionRow, ref: Ref, seen: dict[Ref, Portrait]) -> Candidate:
    other = next(end for end in refs_of(question) if end != ref)
    return Candidate(question.id, other, seen[other], question.reason)


async def waits(tx: Tx, now: datetime) -> WaitRow:
    """How many cases wait, how many cannot be told, and for how long they wait and waited."""
    return await stored.waits(tx, now - LATELY)


async def claim(tx: Tx, pair: int, *, by: str, now: datetime) -> datetime:
    """Somebody takes a case for a while: until when it is theirs. Conflict where somebody else has it; NotFound."""
    case = await _open(tx, pair, by, now)
    until = now + LEASE
    await stored.claim(tx, case, by, until)
    return until


async def release(tx: Tx, pair: int, *, by: str, now: datetime) -> None:
    """Give a case back. Conflict where it is somebody else's; NotFound."""
    case = await _open(tx, pair, by, now)
    await stored.claim(tx, case, by, now)


async def note(tx: Tx, pair: int, text: str, *, by: str, now: datetime) -> None:
    """Note something for whoever looks at a case next. NotFound where it does not wait."""
    await stored.note(tx, await _open(tx, pair, by, now, anybody=True), text, by)


async def decide(tx: Tx, pair: int, judgement: str, *, by: str, reason: str, now: datetime) -> Outcome:
    """Decide a case: the pair is `same`, all its pairs are `different`, or it is `not-enough` to tell.

    `open` takes back what was decided of a pair. Conflict where somebody else has claimed it, NotFound where the pair
    does not wait, Invalid where it is none of these.
    """
    if judgement not in ("same", "different", "not-enough", "open"):
        raise Invalid(f"'{judgement}' is no judgement: there are same, different, not-enough and open.")
    question = await persons.decision(tx, pair)
    if judgement == "open" or (question is not None and question.judgement != "unsure" and judgement != "not-enough"):
        await decisions.decide_pair(tx, pair, judgement, by=by, reason=reason)
        return "decided"
    case = await _open(tx, pair, by, now)
    if judgement == "not-enough":
        await stored.set_aside(tx, case)
        if reason:
            await stored.note(tx, case, reason, by)
        return "aside"
    about = pair if judgement == "same" else None
    if case.second_person and not _confirms(case, judgement, about, by):
        await stored.propose(tx, case, judgement, about, by)
        await stored.note(tx, case, reason, by)
        return "second"
    for number in [pair] if judgement == "same" else case.pairs:
        await decisions.decide_pair(tx, number, judgement, by=by, reason=reason)
    await stored.close(tx, case)
    return "decided"


async def decide_between(tx: Tx, left: Ref, right: Ref, judgement: str, *, by: str, reason: str, now: datetime) -> None:
    """Decide about two persons, whether or not it is asked. Where two people have to say it, the first word waits."""
    question = await stored.question_between(tx, *sorted((left, right)))
    case = await stored.of_pair(tx, question) if question is not None and judgement != "open" else None
    if question is not None and case is not None and case.second_person:
        await decide(tx, question, judgement, by=by, reason=reason, now=now)
    else:
        await decisions.decide(tx, left, right, judgement, by=by, reason=reason)


def _confirms(case: CaseRow, judgement: str, about: int | None, by: str) -> bool:
    """Whether somebody else has said the same before."""
    return case.proposed_by not in (None, by) and (case.proposed, case.proposed_pair) == (judgement, about)


async def _open(tx: Tx, pair: int, by: str, now: datetime, *, anybody: bool = False) -> CaseRow:
    await stored.lock(tx)
    case = await stored.of_pair(tx, pair)
    if case is None:
        raise NotFound(f"No pair {pair} waits: it was decided, or never was one.")
    theirs = case.claimed_by not in (None, by) and case.claimed_until is not None and case.claimed_until > now
    if theirs and not anybody:
        raise Conflict("Somebody else is looking at this: it is theirs until they decide, or for 15 minutes at most.")
    return case
