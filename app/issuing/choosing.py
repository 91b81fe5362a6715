"""What of a learner's record and credit can be issued, and what of it somebody may see who chooses."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.issuing import issue
from app.issuing.awardable import awardable
from app.issuing.awards import Item
from app.records.document import WholeRecord


class Choice(NamedTuple):
    """What can be issued, the badges that stand by origin, and how much is withheld as sensitive."""

    items: Sequence[Item]
    issued: Mapping[str, UUID]
    withheld: int


async def choice(tx: Tx, home: str, record: WholeRecord, *, sensitive: bool) -> Choice:
    """What can be issued of a whole record; `sensitive`: also of what is sensitive in it."""
    every = await awardable(tx, home, record)
    hidden = frozenset[str]() if sensitive else record.sensitive
    items = [item for item in every if item.path not in hidden]
    return Choice(items, await issue.badges_issued(tx, record.learner, items), len(every) - len(items))
