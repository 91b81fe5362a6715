"""The record page: what a learner has shown, for a reader with a signed link, on a phone and without JavaScript."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.api.kit.context import Inside
from app.db import Tx
from app.db.access import tenants
from app.db.plans import notes
from app.db.records import learners
from app.db.sharing import shared
from app.mastery.evidence import Board, Shown, board
from app.mastery.pictures.growth import growth_picture
from app.mastery.pictures.profile import profile_picture
from app.mastery.standing import ItemStanding, by_domain, short
from app.mastery.views.growth import growth
from app.plans import crediting, planning
from app.records.sensitive import SECTIONS, WITHHELD, Raw, general, raw_of
from app.records.timeline import timeline
from app.sharing.record_links import BadLink, Link, check, read
from app.web import page
from app.web.family.credit_part import awards_told, begun_told
from app.web.family.plan_part import notes_told, plans_told
from app.web.kit.visitors import Visitors, admit

router = APIRouter(include_in_schema=False)
PHONE, PAGE = 360, 700
"""How wide the pictures are drawn, in pixels: CSS shows the one that fits."""
MOST = 40
"""How much of the evidence is listed: the newest."""
Json = dict[str, Any]


@router.get("/record/{token}")
async def record_page(token: str, request: Request, inside: Inside) -> Response:
    """One learner's record, for who has the link."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.looks)
    now = datetime.now(UTC)
    try:
        link = read(inside.vault, token, now)
        async with inside.db.transaction(link.tenant) as tx:
            await check(tx, link)
    except BadLink as why:
        return _message("This link does not work", str(why), 404)
    owner = await tenants.by_id(inside.db, link.tenant)
    row = await learners.row(inside.db, link.tenant, link.learner)
    if row is not None and row.merged_into is not None:
        row = await learners.row(inside.db, link.tenant, row.merged_into)
    if owner is None or row is None or row.body is None:
        return _message("There is no record here any more", "Ask who sent you the link for a new one.", 404)
    record = msgspec.json.decode(row.body)
    async with inside.db.transaction(link.tenant) as tx:
        record = await general(tx, record)
        seen = await board(tx, [_id(record)])
        planned = await _planned(tx, record, now)
        await shared.log(tx, _id(record), f"record link {link.id}", link.reader, "record page", ["record"])
    return page("record.html", **told(record, seen, link, now), **planned, owner=owner.name)


async def _planned(tx: Tx, record: Json, now: datetime) -> Json:
    """What was planned with the learner, and which credit they have."""
    same = await learners.lineage(tx, _id(record))
    found = await planning.of_learner(tx, same, now)
    credit = await crediting.of_learner(tx, _id(record), now)
    return {
        "plans": plans_told(found, now),
        "notes": notes_told(found, await notes.of_learners(tx, same, only_open=True)),
        "awards": awards_told(credit),
        "begun": begun_told(credit),
    }


def _message(title: str, words: str, status: int) -> Response:
    return page("message.html", status=status, title=title, words=words, owner="Tessera")


def told(record: Json, seen: Board, link: Link, now: datetime) -> Json:
    """All that the page shows: nothing that the record does not say, and nothing sensitive."""
    learner = _id(record)
    found = [one for one in seen.standings(learner, now) if one.item.sensitivity == "general"]
    shown: Shown = {one.item.id: seen.shown(learner)[one.item.id] for one in found}
    ways = growth(shown, seen.items, seen.ruling, now, seen.changes)
    names = _names(record)
    return {
        "name": names[0] if names else "A learner",
        "also": names[1:],
        "schools": list(dict.fromkeys(held["name"] for held in record["schools"] if held.get("name"))),
        "grades": list(dict.fromkeys(held["value"] for held in record["grades"])),
        "reader": link.reader,
        "expires": link.expires,
        "now": now,
        "counts": _counts(found),
        "profile": [
            Markup(profile_picture(found, width=width, name=f"profile{width}"))  # noqa: S704  made of escaped parts
            for width in (PHONE, PAGE)
        ],
        "growth": [
            Markup(growth_picture(ways, now, width=width, name=f"growth{width}"))  # noqa: S704  made of escaped parts
            for width in (PHONE, PAGE)
        ],
        "explained": [
            {"domain": domain, "competencies": [_explained(one) for one in held]}
            for aligned in (True, False)
            for _, domain, held in by_domain([one for one in found if one.item.aligned is aligned])
        ],
        "evidence": _evidence(record),
        "badges": [_badge(record, entry) for entry in record["credentials"] if entry is not WITHHELD],
        "conflicts": [conflict["what"] for conflict in record["conflicts"]],
        "sources": _sources(record),
    }


def _names(record: Json) -> list[str]:
    """The names sources tell, a chosen one first. A name a learner has left behind is not said again."""
    chosen = [name["value"] for name in record["names"] if name.get("preferred")]
    return list(dict.fromkeys([*chosen, *(name["value"] for name in record["names"][:1])]))[: 1 if chosen else None]


def _counts(found: Sequence[ItemStanding]) -> str:
    """How much there is, in a sentence."""
    if not found:
        return "Nothing has been shown yet."
    met = sum(1 for one in found if one.state.met)
    begun = sum(1 for one in found if one.level is not None) - met
    settings = sorted({piece.setting or "in-school" for one in found for piece in one.evidence})
    where = ", ".join(setting.replace("-", " ") for setting in settings)
    return f"{met} competencies mastered so far, {begun} begun. The evidence comes from: {where}."


def _explained(one: ItemStanding) -> Json:
    decided = {reason.id: reason for reason in one.reasons}
    return {
        "label": short(one.item.code) if one.item.code else one.item.statement,
        "statement": one.item.statement if one.item.code else "",
        "level": one.level or "no level yet",
        "met": one.state.met,
        "policy": one.policy,
        "pieces": [
            {
                "title": piece.title or "Evidence",
                "said": piece.said,
                "source": piece.source,
                "setting": (piece.setting or "").replace("-", " "),
                "date": piece.when,
                "decided": decided[piece.asserted.id].decided,
                "why": decided[piece.asserted.id].why,
                "narrative": piece.narrative,
            }
            for piece in reversed(one.evidence)
        ],
    }


def _evidence(record: Json) -> list[Json]:
    """The newest of what is dated, with who says so. What one raw record tells in several entries is one piece."""
    found: dict[Raw, Json] = {}
    for entry in timeline(record):
        if entry.section not in SECTIONS:
            continue
        piece = _piece(record, entry.entry, entry.date)
        before = found.setdefault(raw_of(record, entry.entry), piece)
        before.update({name: value for name, value in piece.items() if not before[name]})
    return list(found.values())[:MOST]


def _piece(record: Json, entry: Json, date: str) -> Json:
    return {
        "title": entry.get("title") or entry.get("name") or entry.get("genre") or "Evidence",
        "said": _score(entry),
        "narrative": entry.get("narrative") or entry.get("description"),
        "date": date,
        "class": entry.get("class", {}).get("title"),
        "setting": str(entry.get("setting", "")).replace("-", " "),
        "sources": _told_by(record, entry["from"]),
    }


def _score(entry: Json) -> str:
    if "score" in entry:
        maximum = f" of {entry['maximum']:g}" if "maximum" in entry else ""
        unit = f" {entry['unit']}" if entry.get("unit") not in (None, "points") else ""
        level = f", {entry['level']}" if "level" in entry else ""
        return f"{entry['score']:g}{maximum}{unit}{level}"
    return str(entry.get("textScore") or entry.get("level") or entry.get("status") or "")


def _badge(record: Json, entry: Json) -> Json:
    achievement = entry.get("achievement", {})
    return {
        "name": entry.get("name") or achievement.get("name") or "A badge",
        "description": achievement.get("description"),
        "criteria": achievement.get("criteria"),
        "issuer": entry.get("issuer", {}).get("name"),
        "date": entry.get("date"),
        "checked": entry.get("verification") == "verified",
        "sources": _told_by(record, entry["from"]),
    }


def _told_by(record: Json, numbers: Iterable[str]) -> list[str]:
    """The sources of some statements, by name."""
    return list(dict.fromkeys(record["statements"][number]["sourceName"] for number in numbers))


def _sources(record: Json) -> list[Json]:
    """Who tells, how much, and how lately."""
    found: dict[str, list[str]] = {}
    for origin in record["statements"].values():
        found.setdefault(origin["sourceName"], []).append(origin["receivedAt"])
    return [{"name": name, "count": len(at), "latest": max(at)} for name, at in sorted(found.items())]


def _id(record: Json) -> Any:
    return msgspec.convert(record["id"], UUID)
