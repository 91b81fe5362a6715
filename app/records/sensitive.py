"""Sensitive: that an entry tells of anything sensitive is noted when it is made, for all that its raw record tells.

What nobody knows the competency of is not sensitive yet; where a framework or an alignment changes, that is noted anew
at once (`app.db.records.entries.note_sensitive`).
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from app.db import Tx
from app.db.frameworks import alignments, frameworks
from app.frameworks.alignment import match
from app.frameworks.target import Target, target
from app.records.document import WholeRecord
from schemas import Alignment

Document = dict[str, Any]
"""A credential as its issuer wrote it."""

AIM = Alignment.__struct_fields__
"""What an alignment says; in a credential each name begins with `target`."""


def general(record: WholeRecord) -> WholeRecord:
    """A whole record without the entries that are sensitive."""
    hidden = record.sensitive
    return replace(
        record,
        enrollments=tuple(entry for entry in record.enrollments if f"/enrollments/{entry.id}" not in hidden),
        results=tuple(entry for entry in record.results if f"/results/{entry.id}" not in hidden),
        credentials=tuple(entry for entry in record.credentials if f"/credentials/{entry.id}" not in hidden),
        evidence=tuple(entry for entry in record.evidence if f"/evidence/{entry.id}" not in hidden),
        sensitive=frozenset(),
    )


async def unaligned(tx: Tx, credentials: Sequence[Document]) -> list[Document]:
    """Those credentials of others (Open Badges, CLR) that are aligned to nothing sensitive, nor is anything in them."""
    if not credentials or not await frameworks.has_sensitive(tx):
        return list(credentials)
    named = [[*_aims(credential)] for credential in credentials]
    hidden = await sensitive_keys(tx, [aim for aims in named for aim in aims])
    return [
        credential
        for credential, aims in zip(credentials, named, strict=True)
        if hidden.isdisjoint(aim.key for aim in aims)
    ]


async def sensitive_keys(tx: Tx, named: Sequence[Target]) -> set[str]:
    """The keys of those targets that are sensitive competencies."""
    targets = {aim.key: aim for aim in named}
    known = await alignments.known(tx, list(targets))
    meant: dict[str, UUID | None] = {key: competency for key, (_, competency) in known.items()}
    if new := [aim for key, aim in targets.items() if key not in known]:  # what was never reached, as missing work
        meant |= {key: meaning.competency for key, meaning in (await match(tx, new)).items()}
    known_secret = await frameworks.sensitive(
        tx, sorted({competency for competency in meant.values() if competency is not None})
    )
    return {key for key, competency in meant.items() if competency in known_secret}


def _aims(value: Any) -> Iterator[Target]:
    """All that a credential, or a part of one, is aligned to."""
    if isinstance(value, list):
        for part in value:
            yield from _aims(part)
    elif isinstance(value, dict):
        fields = {name: text for name in AIM if isinstance(text := value.get(f"target{name.title()}"), str)}
        if fields and (aim := target(Alignment(**fields), 0)):
            yield aim
        for part in value.values():
            yield from _aims(part)
