"""Pieces: assertions in brief, so that a view can say what it rests on."""

from collections.abc import Iterable

from app.db import Tx
from app.db.mastery import standings
from app.mastery.evidence import evidenced
from app.mastery.standing import Evidenced
from app.mastery.views.perspectives import Moment, View


class Piece(View, frozen=True):
    """An assertion in brief: what was shown, when, who says so. `why`: what it did, where that is not to decide."""

    id: int
    at: Moment
    source: str
    title: str | None = None
    said: str = ""
    method: str | None = None
    setting: str | None = None
    why: str | None = None


def piece(evidenced: Evidenced, why: str | None = None) -> Piece:
    """An assertion in brief."""
    return Piece(
        evidenced.asserted.id,
        evidenced.when,
        evidenced.source,
        title=evidenced.title,
        said=evidenced.said,
        method=evidenced.asserted.method,
        setting=evidenced.setting,
        why=why,
    )


async def pieces(tx: Tx, ids: Iterable[int]) -> dict[int, Evidenced]:
    """Assertions by id, with what a reader wants of them."""
    return {row.id: evidenced(row) for row in await standings.by_id(tx, sorted({*ids}))}
