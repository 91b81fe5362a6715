"""Alignment: which competency is meant by what a source names. What nobody knows waits, with suggestions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import alignments
from app.db.frameworks.alignments import AlignmentRow, SuggestionRow, WaitingRow
from app.frameworks.case.values import UUID as CASE_UUID
from app.frameworks.codes import address, endings, parted
from app.frameworks.meaning import NamedCompetency, meanings
from app.frameworks.naming import published_at
from app.frameworks.pulled import own_address
from app.frameworks.target import Target

Json = dict[str, Any]
_OWN = msgspec.json.Decoder(dict[str, Any])


class Match(NamedTuple):
    """What a target means: a competency, and how sure that is (`matched`, `unheld`: no framework has it, `waiting`)."""

    competency: UUID | None
    state: str


WAITING = Match(None, "waiting")


async def align(tx: Tx, targets: Iterable[Target], at: datetime) -> dict[str, int]:
    """The alignment of every target, by its key. New ones are matched where that leaves no doubt, else they wait.

    They are named as their source names them: also where it does so elsewhere, as an LMS does its outcomes.
    """
    by_key = {target.key: target for target in targets}
    known = await alignments.known(tx, list(by_key))
    plain = await _by_code(tx, [target for key, target in by_key.items() if key not in known])
    known |= await alignments.known(tx, [target.key for target in plain.values()])
    missing = {plain.get(key, target).key: plain.get(key, target) for key, target in by_key.items() if key not in known}
    new = [target for key, target in missing.items() if key not in known]
    if new:
        described = await _described(tx, new)
        meant = await _match(tx, described)
        rows = [(t.key, t.source, t.code, t.url, t.name, t.framework, *meant[key]) for key, t in described.items()]
        await alignments.add(tx, rows, at)
        known |= await alignments.known(tx, [target.key for target in new])
    return {key: known[plain[key].key if key in plain else key][0] for key in by_key}


async def _by_code(tx: Tx, targets: Sequence[Target]) -> dict[str, Target]:
    """Of targets with a code and an address: those whose address says nothing here, by key, as their code alone.

    So what an address says never depends on what came first, and one that says nothing asks nobody once more.
    """
    coded = {target.key: plain for target in targets if (plain := target.by_code) is not None}
    addresses = {target.key: target.url or "" for target in targets if target.key in coded}
    forms = {key: address(url) for key, url in addresses.items()}
    aliases = {form for form, *_ in await alignments.by_alias(tx, sorted(set(forms.values())))} if forms else set()
    return {
        key: plain for key, plain in coded.items() if forms[key] not in aliases and not published_at(addresses[key])
    }


STATES = {
    "waiting": ("waiting", "unheld"),
    "retired": ("matched", "decided"),
    "decided": ("decided",),
    "rejected": ("rejected",),
}
"""What the queue lists, and which states of alignments that is."""
OPEN = ("waiting", "retired")
"""Of these, what wants a decision: suggestions are made for it."""
MOST_SUGGESTIONS = 5


async def queue(tx: Tx, listed: str, after: int, limit: int) -> list[tuple[WaitingRow, list[SuggestionRow]]]:
    """Alignments after an id, with suggestions for what wants a decision; `listed` is one of STATES."""
    rows = await alignments.queue(tx, STATES[listed], retired=listed == "retired", after=after, limit=limit)
    return [(row, await _suggestions(tx, row) if listed in OPEN else []) for row in rows]


async def _suggestions(tx: Tx, row: WaitingRow) -> list[SuggestionRow]:
    words = " ".join(text for text in (row.name, row.code) if text)
    return await suggested(tx, words, row.code, MOST_SUGGESTIONS)


async def suggested(tx: Tx, words: str, code: str | None, limit: int) -> list[SuggestionRow]:
    """Competencies that may be meant by words and a code, the nearest first."""
    return await alignments.suggestions(tx, words, endings(parted(code)[1]) if code else [], limit)


async def match_again(tx: Tx, at: datetime) -> list[UUID]:
    """Try what waits once more, after a framework has come; the learners this speaks of."""
    rows = await alignments.unmatched(tx)
    meant = await match(tx, [_target(row) for row in rows])
    settled = [
        (row.id, match_.competency, None, match_.state)
        for row in rows
        if (match_ := meant[row.target]) != (row.competency_id, row.state)
    ]
    if not settled:
        return []
    await alignments.settle(tx, settled, None, at)
    return await alignments.learners(tx, [alignment for alignment, *_ in settled])


async def match(tx: Tx, targets: Sequence[Target]) -> dict[str, Match]:
    """What targets mean, by key."""
    return await _match(tx, await _described(tx, targets))


async def _match(tx: Tx, described: Mapping[str, Target]) -> dict[str, Match]:
    direct = {key: identifier for key, target in described.items() if (identifier := _identifier(target)) is not None}
    in_frameworks = await alignments.in_frameworks(tx, list(direct.values()))
    unknown = {
        key: NamedCompetency(target.code, target.url, target.framework, _own(target))
        for key, target in described.items()
        if key not in direct
    }
    meant = await meanings(tx, unknown)
    return {
        key: Match(meaning, "matched" if meaning in in_frameworks else "unheld") for key, meaning in direct.items()
    } | {
        key: WAITING if meaning.competency is None else Match(meaning.competency, "matched")
        for key, meaning in meant.items()
    }


def _own(target: Target) -> str | None:
    """What the target's own source calls it, where that is its address there."""
    return own_address(target.source, target.url) if target.source is not None and target.url else None


def _identifier(target: Target) -> UUID | None:
    """The competency a target names by its very identifier."""
    text = target.key.removeprefix("case:") if target.key.startswith("case:") else target.code or ""
    return UUID(text) if CASE_UUID.fullmatch(text.lower()) else None


async def _described(tx: Tx, targets: Sequence[Target]) -> dict[str, Target]:
    """Targets with what their source tells of them elsewhere: an LMS describes its outcomes at their own address."""
    sources = sorted({target.source for target in targets if target.source is not None and target.url})
    records: dict[tuple[int, str], Json] = {}
    for source, body, framework in await alignments.own_competencies(tx, sources) if sources else ():
        record = _OWN.decode(body)
        if "uri" in record:
            records[source, record["uri"]] = {**record, "framework": framework}
    return {target.key: _with(target, records.get((target.source or 0, target.url or ""))) for target in targets}


def _with(target: Target, record: Json | None) -> Target:
    if record is None:
        return target
    code = target.code or record.get("extensions", {}).get("vendor_guid") or record.get("code")
    name, framework = target.name or record.get("statement"), target.framework or record["framework"]
    return msgspec.structs.replace(target, code=code, name=name, framework=framework)


def _target(row: AlignmentRow) -> Target:
    url = None if row.target.startswith("code:") and "@" not in row.target else row.url  # it is of its code alone
    return Target(row.target, row.code, url, name=row.name, framework=row.framework, source=row.source_id)
