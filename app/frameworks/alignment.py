"""Alignment: which competency is meant by what a source names. What nobody knows waits, with suggestions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import alignments
from app.db.frameworks.alignments import AlignmentRow
from app.frameworks.case.values import UUID as CASE_UUID
from app.frameworks.codes import address, forms
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
    wanted = {target.key: target for target in targets}
    found = await alignments.known(tx, list(wanted))
    new = [target for key, target in wanted.items() if key not in found]
    if new:
        described = await _described(tx, new)
        meant = await _match(tx, described)
        rows = [(t.key, t.source, t.code, t.url, t.name, t.framework, *meant[key]) for key, t in described.items()]
        await alignments.add(tx, rows, at)
        found |= await alignments.known(tx, [target.key for target in new])
    return {key: alignment for key, (alignment, _) in found.items()}


async def match_again(tx: Tx, at: datetime) -> list[UUID]:
    """Try what waits once more, after a framework has come; the learners this speaks of."""
    rows = await alignments.unmatched(tx)
    meant = await match(tx, [_target(row) for row in rows])
    settled = [
        (row.id, found.competency, None, found.state)
        for row in rows
        if (found := meant[row.target]) != (row.competency_id, row.state)
    ]
    if not settled:
        return []
    await alignments.settle(tx, settled, None, at)
    return await alignments.learners(tx, [alignment for alignment, *_ in settled])


async def match(tx: Tx, targets: Sequence[Target]) -> dict[str, Match]:
    """What targets mean, by key."""
    return await _match(tx, await _described(tx, targets))


async def _match(tx: Tx, described: Mapping[str, Target]) -> dict[str, Match]:
    ways = {key: _ways(target) for key, target in described.items()}
    direct = {key: found for key, target in described.items() if (found := _identifier(target)) is not None}
    held = await alignments.held(tx, list(direct.values()))
    called: dict[str, dict[UUID, set[str]]] = {}
    for form, competency, title in await alignments.by_alias(tx, sorted({w for way in ways.values() for w in way})):
        called.setdefault(form, {}).setdefault(competency, set()).add(title)
    return {
        key: Match(direct[key], "matched" if direct[key] in held else "unheld")
        if key in direct
        else _choose(ways[key], called, described[key].framework)
        for key in ways
    }


def _identifier(target: Target) -> UUID | None:
    """The competency a target names by its very identifier."""
    told = target.key.removeprefix("case:") if target.key.startswith("case:") else target.code or ""
    return UUID(told) if CASE_UUID.fullmatch(told.lower()) else None


def _ways(target: Target) -> list[str]:
    """Everything a target may be called by, the surest first."""
    return [*forms(target.code or ""), *([address(target.url)] if target.url else ())]


def _choose(ways: Sequence[str], called: Mapping[str, Mapping[UUID, set[str]]], framework: str | None) -> Match:
    """The one competency of the first way that leads to any; of several, the one in the framework named."""
    for way in ways:
        if found := called.get(way):
            if len(found) == 1:
                return Match(next(iter(found)), "matched")
            named = [competency for competency, titles in found.items() if _names(framework, titles)]
            return Match(named[0], "matched") if len(named) == 1 else WAITING
    return WAITING


def _names(framework: str | None, titles: Iterable[str]) -> bool:
    """Whether a framework's name, or its capitals, are those of a title: `NGSS`, `CCSS-M`."""
    if not framework:
        return False
    told = re.sub(r"[^a-z]", "", framework.lower())
    for title in titles:
        words = re.findall(r"[A-Za-z]+", title)
        capitals = "".join(word[0] for word in words if word[0].isupper()).lower()
        if told == "".join(words).lower() or (len(told) > 2 and capitals.startswith(told)):
            return True
    return False


async def _described(tx: Tx, targets: Sequence[Target]) -> dict[str, Target]:
    """Targets with what their source tells of them elsewhere: an LMS describes its outcomes at their own address."""
    sources = sorted({target.source for target in targets if target.source is not None and target.url})
    told: dict[tuple[int, str], Json] = {}
    for source, body, framework in await alignments.own_competencies(tx, sources) if sources else ():
        record = _OWN.decode(body)
        if "uri" in record:
            told[source, record["uri"]] = {**record, "framework": framework}
    return {target.key: _with(target, told.get((target.source or 0, target.url or ""))) for target in targets}


def _with(target: Target, record: Json | None) -> Target:
    if record is None:
        return target
    code = target.code or record.get("extensions", {}).get("vendor_guid") or record.get("code")
    name, framework = target.name or record.get("statement"), target.framework or record["framework"]
    return msgspec.structs.replace(target, code=code, name=name, framework=framework)


def _target(row: AlignmentRow) -> Target:
    return Target(row.target, row.code, row.url, row.name, row.framework, row.source_id)
