"""Learner records as two databases that were told the same must both tell them, whenever each of them heard it."""

import json
import re
from collections import defaultdict
from uuid import UUID

from xxhash import xxh3_64_intdigest

from app.db import Tx
from app.records.document import SECTIONS
from tests.conftest import stored_records

OF_ITS_TIME = re.compile(rb'"receivedAt":"[^"]*"|"mark":"[0-9a-f]{16}"')
"""When a statement was received, and the marks of sections, which are made of entries that say so."""


async def timeless_records(tx: Tx) -> dict[UUID, bytes]:
    """All learner records of a tenant, but for when what they tell was received; their marks must be their entries'."""
    records = await stored_records(tx)
    await _check_marks(tx, records)
    return {learner: OF_ITS_TIME.sub(b"", body) for learner, body in records.items()}


async def _check_marks(tx: Tx, records: dict[UUID, bytes]) -> None:
    """Every header's marks are made of the entries that are stored: none is missing in them, and none too many."""
    marks: dict[tuple[UUID, str], int] = defaultdict(int)
    for learner, section, body in await tx.rows(
        "SELECT learner_id, section, body FROM entry WHERE tenant_id = %s", tx.tenant
    ):
        marks[learner, section] ^= (xxh3_64_intdigest(body) - 2**63) & (2**64 - 1)
    for learner, record in records.items():
        sections = json.loads(record.partition(b"\n")[0])["sections"]
        stated = {section: sections[section]["mark"] for section in SECTIONS}
        assert stated == {section: f"{marks[learner, section]:016x}" for section in SECTIONS}, learner
