"""Quarantine: what cannot be what it says, by reason; the raw with the field at fault; tried again, or dismissed."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.errors import Invalid
from app.operations.overview import persons_of
from app.people import seeing
from app.people.viewer import Viewer
from app.pipeline import quarantine
from app.pipeline.quarantine import QuarantineRow
from app.request import Inside
from app.sources import known
from app.web.district import fault_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, ngettext

router = APIRouter(prefix="/quarantine", include_in_schema=False, route_class=SignedRoute)
Steward = Annotated[Viewer, may("quarantine.manage")]
FIELD = re.compile(r"field '([^'.\[]+)")
SHOWN = 100


@router.get("")
async def reasons(
    request: Request, viewer: Steward, inside: Inside, source: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> Response:
    """What waits, grouped by what is wrong with it."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        groups = await quarantine.by_reason(tx, source)
        names = {row.id: row.name for row in await known.listed(tx)}
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in groups:
        by_kind.setdefault(fault_words.kind(row.example), []).append(_fault(row, names.get(row.source_id, "")))
    kinds = [(_(words), sum(fault["group"].records for fault in own), own) for words, own in by_kind.items()]
    kinds.sort(key=lambda kind: -kind[1])
    return show(request, "district/quarantine.html", kinds=kinds, sources=sorted(names.items()), source=source)


def _fault(row: quarantine.ReasonRow, source: str) -> dict[str, Any]:
    """A fault as the list shows it: what is alike for all that have it, and one of them."""
    example = fault_words.translated(row.example)
    alike = example if row.records == 1 else fault_words.translated(row.example, values=False)
    return {"group": row, "source": source, "words": alike, "example": example if example != alike else ""}


@router.get("/{record}")
async def quarantined_record(
    record: Annotated[int, Path(ge=1, lt=2**63)], request: Request, viewer: Steward, inside: Inside
) -> Response:
    """One record as it was sent, with the field at fault marked."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await quarantine.by_id(tx, record)
        source = await known.by_id(tx, row.source_id)
        alike = await quarantine.by_reason(tx, row.source_id)
        persons = await persons_of(tx, row.source_id, row.stream, [row.raw_key])
        await seeing.note_persons(tx, viewer, persons, "quarantine", permission="quarantine.manage", on=today)
    group = next((reason for reason in alike if row.id in reason.ids), None)
    index = group.ids.index(row.id) if group else 0
    beside = (
        group.ids[index - 1] if group and index else None,
        group.ids[index + 1] if group and index + 1 < len(group.ids) else None,
    )
    faulty = faults(row)
    return show(
        request,
        "district/quarantined.html",
        crumbs=[(_("Quarantine"), "/quarantine")],
        row=row,
        reason=fault_words.translated(row.reason),
        source=source,
        fields=[field for field in fields_of(row, faulty) if field[1] or field[2]],
        empty=[name for name, value, wrong in fields_of(row, faulty) if not value and not wrong],
        raw=row.body.decode(errors="backslashreplace"),
        beside=beside,
    )


@router.post("/replay")
async def replay(request: Request, viewer: Steward, inside: Inside) -> Response:
    """Try records of a source again, after a mapping, a setting or the source was mended."""
    sent = form(request)
    source, ids = sent.whole("source"), sent.counts("id")
    if source is None:
        raise Invalid(_("Say of which source."))
    report = await quarantine.try_again(inside.db, inside.vault, viewer.tenant.id, source, ids or None)
    counts = [outcome.counts for outcome in report.streams.values()]
    released = sum(count[word] for count in counts for word in ("new", "updated", "unchanged"))
    still = sum(count["rejected"] for count in counts)
    words = ngettext("%(n)s record maps now and is taken in.", "%(n)s records map now and are taken in.", released)
    if still:
        words += " " + ngettext("%(n)s still does not.", "%(n)s still do not.", still)
    return done(request, "/quarantine", words, "good" if released or not still else "warn")


@router.get("/dismiss/{record}")
async def ask_dismiss(
    record: Annotated[int, Path(ge=1, lt=2**63)], request: Request, viewer: Steward, inside: Inside
) -> Response:
    """Ask why a record, and all that have the same fault, is to be dismissed."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await quarantine.by_id(tx, record)
        alike = await quarantine.by_reason(tx, row.source_id)
    group = next((reason for reason in alike if row.id in reason.ids), None)
    return show(
        request,
        "district/dismiss.html",
        crumbs=[(_("Quarantine"), "/quarantine")],
        row=row,
        reason=fault_words.translated(row.reason),
        ids=group.ids if group else [row.id],
    )


@router.post("/dismiss")
async def dismiss(request: Request, viewer: Steward, inside: Inside) -> Response:
    """Take records off that will never do. What was sent is kept; sent again, it is back."""
    sent = form(request)
    ids, reason = sent.counts("id"), sent.text("reason")
    if not ids or not reason:
        raise Invalid(_("Say why: whoever looks at this later reads it."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        count = await quarantine.dismiss(tx, ids, by=viewer.actor, reason=reason)
    return done(request, "/quarantine", ngettext("%(n)s record is dismissed.", "%(n)s records are dismissed.", count))


def faults(row: QuarantineRow) -> set[str]:
    """The fields that the reason names: in so many words, or among them."""
    words = set(re.findall(r"\w{4,}", row.reason))
    return set(FIELD.findall(row.reason)) | (words & {name for name, *_more in fields_of(row, set())})


def fields_of(row: QuarantineRow, faulty: set[str]) -> list[tuple[str, str, bool]]:
    """A raw record field by field, where it can be read so: name, value as it was sent, whether it is at fault."""
    try:
        body: Any = json.loads(row.body)
    except ValueError:
        return []
    if isinstance(body, list) and row.columns:
        body = dict(zip(row.columns, body, strict=False))
    if not isinstance(body, dict):
        return []
    missing = [(name, "", True) for name in sorted(faulty - body.keys())]
    fields = [(str(name), _text(value), name in faulty) for name, value in body.items()]
    return [*missing, *sorted(fields, key=lambda field: not field[2])]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
