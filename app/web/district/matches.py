"""Near matches: two persons side by side who may be one learner; somebody decides, and may take it back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.errors import Invalid
from app.identity import decisions, duplicates, linking, portraits, scored
from app.identity.decisions import DecisionRow, refs_of
from app.identity.portraits import Portrait
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
TELLING = ("names", "born", "grades")
"""What speaks for or against, where it differs: numbers and addresses differ from system to system."""
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
    request: Request, viewer: Steward, inside: Inside, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """Pairs that wait, a few at a time."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows, learners = await decisions.near_matches(tx, after=after, limit=AT_ONCE + 1)
        seen = await portraits.portraits(tx, [ref for row in rows for ref in refs_of(row)])
        crowds = [] if after else [source for source in await scored.listed(tx) if source.held_since]
    pairs = [
        {
            "row": row,
            "why": match_words.translated(row.reason),
            "left": seen[left],
            "right": seen[right],
            "fields": compared(seen[left], seen[right]),
            "learners": (learners.get(left), learners.get(right)),
        }
        for row in rows[:AT_ONCE]
        for left, right in [refs_of(row)]
    ]
    following = f"/matches?after={rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else ""
    return show(request, "district/matches.html", pairs=pairs, following=following, began=after, crowds=crowds)


@router.get("/decided")
async def decided(
    request: Request, viewer: Steward, inside: Inside, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """What people have decided, newest first: each can be taken back."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await portraits.decided(tx, before, AT_ONCE + 1)
        seen = await portraits.portraits(tx, [ref for row in rows for ref in refs_of(row)])
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
    """Decide whether two persons are one learner, or undo a decision."""
    sent = form(request)
    judgement, reason = sent.text("judgement"), sent.text("reason")
    if judgement in ("same", "different") and not reason:
        raise Invalid(_("Say why: whoever looks at this later reads it."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await decisions.decide_pair(tx, pair, judgement, by=viewer.actor, reason=reason)
    words = {
        "same": _("They are one learner now. The record follows in a moment."),
        "different": _("They stay two learners."),
        "open": _("Taken back. The rules decide again."),
    }
    return done(request, "/matches/decided" if judgement == "open" else "/matches", words[judgement])


def compared(left: Portrait, right: Portrait) -> list[tuple[str, list[str], list[str], bool]]:
    """What sources tell of two persons, line by line, and whether they differ in it."""
    lines = []
    for name, words in FIELDS.items():
        left_values, right_values = getattr(left, name), getattr(right, name)
        if left_values or right_values:
            common = {value.casefold() for value in left_values} & {value.casefold() for value in right_values}
            differ = bool(name in TELLING and left_values and right_values and not common)
            lines.append((_(words), left_values, right_values, differ))
    return lines


def _card(row: DecisionRow, seen: dict[decisions.Ref, Portrait], who: dict[str, str]) -> dict[str, object]:
    left, right = refs_of(row)
    return {"row": row, "left": seen[left], "right": seen[right], "by": who.get(row.decided_by, row.decided_by)}
