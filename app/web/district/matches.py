"""Near matches: two persons side by side who may be one learner; somebody decides, and may take it back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.db import Tx
from app.db.people.relations import Ref
from app.errors import Invalid
from app.identity import cases, decisions, duplicates, linking, portraits, scored
from app.identity.cases import Case
from app.identity.decisions import DecisionRow, refs_of
from app.identity.portraits import Portrait
from app.people import seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.sources import known
from app.web.district import match_words
from app.web.district.actors import names_of
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/matches", include_in_schema=False, route_class=SignedRoute)
Steward = Annotated[Viewer, may("identity.manage")]
AT_ONCE = 10
LONGEST = 9
"""Digits of the highest count of links that a page sends back."""
AGES = {"": later("Any time"), "1": later("Longer than a day"), "7": later("Longer than a week")}
"""For how long something has waited, in days."""
KINDS = {
    "twice": later("One child, perhaps, held twice"),
    "shared": later("Two children with one number"),
    "recycled": later("A number that one child had and another has"),
}
FIELDS = {
    "names": later("Name"),
    "born": later("Born"),
    "identifiers": later("Numbers"),
    "emails": later("E-mail"),
    "grades": later("Grade"),
    "schools": later("School"),
    "roles": later("Role"),
}


@router.get("")
async def waiting(
    request: Request,
    viewer: Steward,
    inside: Inside,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    source: Annotated[str, Query(max_length=10)] = "",
    days: Annotated[str, Query(max_length=1)] = "",
    aside: Annotated[bool, Query()] = False,
) -> Response:
    """Who waits, a few at a time: each with up to three whom they may be."""
    if (source and not (source.isdecimal() and int(source) < 2**31)) or days not in AGES:
        raise Invalid(_("Choose a source of the list."))
    now = datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        listed = await cases.listed(
            tx,
            after=after,
            limit=AT_ONCE + 1,
            source=int(source) if source else None,
            before=now - timedelta(days=int(days)) if days else None,
            aside=aside,
        )
        persons = [ref for case in listed[:AT_ONCE] for ref in (case.ref, *(other.ref for other in case.candidates))]
        await _noted(tx, viewer, persons)
        waits = await cases.waits(tx, now)
        crowds = [] if after else [row for row in await scored.listed(tx) if row.held_since]
        sources = [(row.id, row.name) for row in await known.listed(tx)]
        who = await names_of(tx, {by for case in listed for by in (case.row.claimed_by, case.row.proposed_by) if by})
    chosen = urlencode({"source": source, "days": days} | ({"aside": "true"} if aside else {}))
    following = f"/matches?after={listed[AT_ONCE - 1].row.id}&{chosen}" if len(listed) > AT_ONCE else ""
    return show(
        request,
        "district/matches.html",
        cases=[_case_view(case, viewer.actor, who, now) for case in listed[:AT_ONCE]],
        waits=waits,
        crowds=crowds,
        sources=sources,
        ages=[(key, _(words)) for key, words in AGES.items()],
        chosen={"source": source, "days": days, "aside": aside},
        following=following,
        began=after,
    )


async def _noted(tx: Tx, viewer: Viewer, persons: Iterable[Ref]) -> None:
    """Write down that the viewer sees what sources tell of these persons."""
    on = datetime.now(UTC).date()
    await seeing.note_persons(tx, viewer, persons, "near matches", permission="identity.manage", on=on)


def _case_view(case: Case, actor: str, who: dict[str, str], now: datetime) -> dict[str, object]:
    """A case as the page shows it: the persons side by side, and who has it now."""
    row = case.row
    claimed = row.claimed_by if row.claimed_until and row.claimed_until > now else None
    lines = portraits.side_by_side(case.portrait, *(candidate.portrait for candidate in case.candidates))
    return {
        "row": row,
        "name": (case.portrait.names or [case.ref[1]])[0],
        "portrait": case.portrait,
        "candidates": [(candidate, match_words.translated(candidate.reason)) for candidate in case.candidates],
        "lines": [(_(FIELDS[line.field]), list(zip(line.values, line.differs, strict=True))) for line in lines],
        "mine": claimed == actor,
        "claimed_by": who.get(claimed, claimed) if claimed and claimed != actor else None,
        "proposed_by": who.get(row.proposed_by, row.proposed_by) if row.proposed_by else None,
        "own_proposal": row.proposed_by == actor,
    }


@router.get("/decided")
async def decided(
    request: Request, viewer: Steward, inside: Inside, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """What people have decided, newest first: each can be taken back."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await portraits.decided(tx, before, AT_ONCE + 1)
        seen = await portraits.portraits(tx, [ref for row in rows for ref in refs_of(row)])
        await _noted(tx, viewer, [ref for row in rows[:AT_ONCE] for ref in refs_of(row)])
        who = await names_of(tx, [row.decided_by for row in rows])
    cards = [_card(row, seen, who) for row in rows[:AT_ONCE]]
    following = f"/matches/decided?before={rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else ""
    return show(request, "district/decided.html", decisions=cards, following=following)


@router.get("/duplicates")
async def duplicates_of(
    request: Request, viewer: Steward, inside: Inside, source: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Children whom one source may hold twice, and numbers that two of its children have."""
    if source and not source.isdecimal():
        raise Invalid(_("Choose a source of the list."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        sources = [(row.id, row.name) for row in await known.listed(tx)]
        report = await duplicates.report(tx, int(source)) if source else None
        rows = report.duplicates[:AT_ONCE] if report else []
        seen = await portraits.portraits(tx, [ref for row in rows for ref in (row.left, row.right)])
        await _noted(tx, viewer, seen)
    pairs = [
        {
            "left": seen[row.left],
            "right": seen[row.right],
            "fields": compared(seen[row.left], seen[row.right]),
            "words": _(KINDS[row.kind]),
            "reason": match_words.translated(row.reason),
        }
        for row in rows
    ]
    more = bool(report and (len(report.duplicates) > AT_ONCE or not report.whole))
    return show(
        request, "district/duplicates.html", sources=sources, source=source, report=report, pairs=pairs, more=more
    )


@router.post("/links/{source}")
async def let_through(
    source: Annotated[int, Path(ge=1, lt=2**31)], request: Request, viewer: Steward, inside: Inside
) -> Response:
    """Make the links of a source that were too many at once."""
    links = form(request).text("links")
    if not links.isdecimal() or len(links) > LONGEST:
        raise Invalid(_("How many links were shown is missing: open the page again."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await linking.let_through(tx, source, int(links), by=viewer.actor)
    return done(request, "/matches", _("They are linked. The records follow in a moment."))


@router.post("/{pair}")
async def decide(
    pair: Annotated[int, Path(ge=1, lt=2**63)], request: Request, viewer: Steward, inside: Inside
) -> Response:
    """Decide who somebody is, claim or note it for others, or undo a decision."""
    sent = form(request)
    judgement, reason = sent.text("judgement"), sent.text("reason")
    if judgement in ("same", "different") and not reason:
        raise Invalid(_("Say why: whoever looks at this later reads it."))
    now, outcome = datetime.now(UTC), judgement
    async with inside.db.transaction(viewer.tenant.id) as tx:
        if judgement == "claim":
            await cases.claim(tx, pair, by=viewer.actor, now=now)
        elif judgement == "release":
            await cases.release(tx, pair, by=viewer.actor, now=now)
        elif judgement == "note":
            await cases.note(tx, pair, reason, by=viewer.actor, now=now)
        else:
            state = await cases.decide(tx, pair, judgement, by=viewer.actor, reason=reason, now=now)
            outcome = judgement if state == "decided" else state
    words = {
        "claim": _("It is yours for 15 minutes."),
        "release": _("Given back."),
        "note": _("Noted."),
        "aside": _("Set aside. It comes back when something more is known."),
        "second": _("A second person has to say the same before it holds."),
        "same": _("They are one learner now. The record follows in a moment."),
        "different": _("They stay two learners."),
        "open": _("Taken back. The rules decide again."),
    }
    return done(request, "/matches/decided" if judgement == "open" else "/matches", words[outcome])


def compared(left: Portrait, right: Portrait) -> list[tuple[str, list[str], list[str], bool]]:
    """What sources tell of two persons, line by line, and whether they differ in it."""
    return [
        (_(FIELDS[line.field]), line.values[0], line.values[1], line.differs[1])
        for line in portraits.side_by_side(left, right)
    ]


def _card(row: DecisionRow, seen: dict[decisions.Ref, Portrait], who: dict[str, str]) -> dict[str, object]:
    left, right = refs_of(row)
    return {"row": row, "left": seen[left], "right": seen[right], "by": who.get(row.decided_by, row.decided_by)}
