"""Reporting: a learner's report card of a term."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.db import Tx
from app.db.records import terms
from app.mastery.evidence import evidence_board
from app.mastery.views.report_card import Subject, Term, report_card

AUGUST = 8


async def terms_until(tx: Tx, day: date) -> list[Term]:
    """The terms that have begun, the newest first; a school year from August where no source tells of any."""
    known = [Term(row.title, row.begins, row.ends) for row in await terms.begun(tx, day)]
    year = day.year if day.month >= AUGUST else day.year - 1
    return known or [Term(f"{year}-{year + 1}", date(year, AUGUST, 1), date(year + 1, AUGUST - 1, 31))]


def term_of(known: Sequence[Term], key: str, day: date) -> Term:
    """The term of that name; else the one that a day is in and that is shortest, else the newest."""
    current = sorted(
        (term for term in known if term.begins <= day <= term.ends), key=lambda term: term.ends - term.begins
    )
    return next((term for term in known if term.key == key), (current or known)[0])


async def card(tx: Tx, learner: UUID, term: Term, now: datetime) -> list[Subject]:
    """A learner's report card of a term: of one that is not over, as it stands now."""
    board = await evidence_board(tx, [learner], scope="general")
    after = board.standings(learner, min(term.last, now))
    pieces = [piece for standing in after for piece in standing.evidence if piece.narrative is None]
    beside = await terms.words_beside(tx, sorted({piece.statement for piece in pieces if piece.statement}))
    return report_card(board.standings(learner, term.first), after, term, beside)
