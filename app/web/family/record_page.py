"""The record page: what a learner has shown, for a reader with a signed link, on a phone and without JavaScript."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.access import tenants
from app.db import Tx
from app.errors import NotFound
from app.identity import learners
from app.mastery.evidence import EvidenceBoard, evidence_board
from app.mastery.pictures.growth import growth_picture
from app.mastery.pictures.profile import profile_picture
from app.mastery.standing import ItemStanding, by_domain, short
from app.plans import crediting, notes, planning
from app.records import reading
from app.records.document import AnyEntry, CredentialEntry, EnrollmentEntry, EvidenceEntry, Header, ResultEntry
from app.records.grouped import by_thing
from app.records.reading import Filter, entry_of
from app.request import Inside
from app.sharing import sharing
from app.sharing.record_links import BadLink, Link, check, read
from app.web import page
from app.web.family.credit_part import awards_of, begun_of
from app.web.family.plan_part import notes_of, plans_of
from app.web.kit import descriptors, reasons
from app.web.kit.names import setting
from app.web.kit.pictures import AT_HOME, PAGE, PHONE
from app.web.kit.results import reached
from app.web.kit.route import SpokenRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, day, later, number

router = APIRouter(include_in_schema=False, route_class=SpokenRoute)
MOST, READ = 40, 200
"""How much of the evidence is listed, the newest; and of how many entries it is made."""
SHOWN = Filter(sections=("results", "credentials", "evidence"), dated=True)
EARNED = Filter(sections=("credentials",))
WORKED = later("This link worked until %(day)s. Ask who sent it for a new one.")
TAKEN_BACK = later("This link was taken back on %(day)s. Ask who sent it for a new one.")
CHECKED = {
    "verified": (later("valid, and its issuer is known"), "good"),
    "unknown issuer": (later("nobody here knows who made it"), "warn"),
    "unverified": (later("not confirmed yet"), "warn"),
    "failed": (later("not valid"), "bad"),
}
"""What is known of a badge, in a reader's words, and its tone."""


@dataclass(frozen=True, slots=True)
class PieceLine:
    """Something shown, once, whoever told of it; `taught` is the class it is of."""

    title: str
    said: str
    narrative: str | None
    date: str | None
    taught: str | None
    setting: str
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class BadgeCard:
    """A badge, and what is known of it in a few words."""

    name: str
    description: str | None
    criteria: str | None
    issuer: str | None
    date: str | None
    state: str
    tone: str
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class WhyLine:
    """A piece of evidence under a level: whether it decided, and why not where it did not."""

    title: str
    said: str
    source: str
    setting: str
    date: datetime
    decided: bool
    why: str
    narrative: str | None


@dataclass(frozen=True, slots=True)
class WhyCard:
    """A competency's level with all that was looked at; `set`: by which teacher of record, if one set it."""

    words: str
    code: str
    level: str
    set: str
    met: bool
    policy: str
    pieces: Sequence[WhyLine]


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
        return _message(_("This link does not work"), link_words(str(why)), 404)
    owner = await tenants.by_id(inside.db, link.tenant)
    async with inside.db.transaction(link.tenant) as tx:
        try:
            current = await learners.current(tx, link.learner)
        except NotFound:
            return _message(_("There is no record here any more"), _("Ask who sent you the link for a new one."), 404)
        record = await reading.header(tx, current)
        entries = [
            entry_of(row.body)
            for row in (await reading.page(tx, current, SHOWN, scope="general", after=None, limit=READ)).rows
        ]
        earned = await reading.page(tx, current, EARNED, scope="general", after=None, limit=READ)
        seen = await evidence_board(tx, [current])
        planned = await _planned(tx, current, now)
        await sharing.note_disclosure(
            tx, current, f"record link {link.id}", party=link.reader, purpose="record page", items=["record"]
        )
    badges = [_badge(entry) for row in earned.rows if isinstance(entry := entry_of(row.body), CredentialEntry)]
    parts = record_parts(record, entries, seen, link, now)
    return page("record.html", **parts, token=token, badges=badges, **planned, owner=owner.name)


async def _planned(tx: Tx, learner: UUID, now: datetime) -> dict[str, Any]:
    """What was planned with the learner, and which credit they have."""
    same = await learners.lineage(tx, learner)
    plans = await planning.of_learner(tx, same, now)
    credit = await crediting.of_learner(tx, learner, now)
    return {
        "plans": plans_of(plans, now),
        "notes": notes_of(plans, await notes.of_learners(tx, same, only_open=True)),
        "awards": awards_of(credit),
        "begun": begun_of(credit),
    }


def _message(title: str, words: str, status: int) -> Response:
    return page("message.html", status=status, title=title, words=words, owner="Tessera")


def link_words(words: str) -> str:
    """What is said of a link that does not work, in the reader's language."""
    for template in (WORKED, TAKEN_BACK):
        head, _slot, rest = template.partition("%(day)s")
        if words.startswith(head) and words.endswith(rest):
            return _(template, day=day(words[len(head) : len(words) - len(rest)]))
    return _(words)


def record_parts(
    record: Header, entries: Sequence[AnyEntry], seen: EvidenceBoard, link: Link, now: datetime
) -> dict[str, Any]:
    """All that the page shows: nothing that the record does not say, and nothing sensitive."""
    learner = UUID(record.id)
    standings = seen.standings(learner, now)
    ways = seen.growth(learner, now)
    names = names_of(record)
    return {
        "record": record,
        "name": names[0] if names else _("A learner"),
        "also": names[1:],
        "reader": link.reader,
        "expires": link.expires,
        "now": now,
        "counts": _counts(standings),
        "profile": [
            Markup(profile_picture(standings, width=width, name=f"profile{width}", wording=AT_HOME))  # noqa: S704  made of escaped parts
            for width in (PHONE, PAGE)
        ],
        "growth": [
            Markup(growth_picture(ways, now, width=width, name=f"growth{width}", wording=AT_HOME))  # noqa: S704  made of escaped parts
            for width in (PHONE, PAGE)
        ],
        "explained": [
            {"domain": domain, "competencies": [_explained(standing) for standing in members]}
            for aligned in (True, False)
            for _, domain, members in by_domain(
                [standing for standing in standings if standing.item.aligned is aligned]
            )
        ],
        "evidence": _evidence(entries),
        "conflicts": [_(conflict.what) for conflict in record.conflicts],
        "sources": [{"name": source.name, "count": source.entries} for source in record.sources],
    }


def names_of(record: Header) -> list[str]:
    """The names sources tell, a chosen one first. A name a learner has left behind is not said again."""
    chosen = [name.value for name in record.names if name.preferred]
    return list(dict.fromkeys([*chosen, *(name.value for name in record.names[:1])]))[: 1 if chosen else None]


def _counts(standings: Sequence[ItemStanding]) -> str:
    """How much there is, in a sentence."""
    if not standings:
        return _("Nothing has been shown yet.")
    aligned = [standing for standing in standings if standing.item.aligned]  # a source's own words are no competency
    met = sum(1 for standing in aligned if standing.state.met)
    begun = sum(1 for standing in aligned if standing.level is not None) - met
    settings = sorted({piece.setting or "in-school" for standing in standings for piece in standing.evidence})
    where = ", ".join(setting(place) for place in settings)
    counts = {"met": number(met), "begun": number(begun)}
    words = _("%(met)s competencies mastered so far, %(begun)s begun. The evidence comes from: %(where)s.")
    return words % {"where": where, **counts}


def _explained(standing: ItemStanding) -> WhyCard:
    decided = {reason.id: reason for reason in standing.reasons}
    level = standing.state.level
    return WhyCard(
        words=standing.item.statement or short(standing.item.code or ""),
        code=short(standing.item.code or "") if standing.item.statement else "",
        level=_("no level yet") if level is None else descriptors.name(standing.levels[level]),
        set=_("Set by %(who)s", who=standing.override.source) if standing.override else "",
        met=standing.state.met,
        policy=standing.policy,
        pieces=[
            WhyLine(
                title=piece.title or _("Evidence"),
                said=piece.said,
                source=piece.source,
                setting=setting(piece.setting) if piece.setting else "",
                date=piece.when,
                decided=decided[piece.asserted.id].decided,
                why=reasons.translated(decided[piece.asserted.id].why),
                narrative=piece.narrative,
            )
            for piece in reversed(standing.evidence)
        ],
    )


def _evidence(entries: Iterable[AnyEntry]) -> list[PieceLine]:
    """The newest of what is dated, with who says so; entries of one thing are one."""
    pieces: list[PieceLine] = []
    for same in by_thing(sorted(entries, key=_told_in_order)):
        first, *others = map(_piece, same)
        for other in others:
            first = replace(first, **{name: value for name, value in asdict(other).items() if not getattr(first, name)})
        pieces.append(first)
    return sorted(pieces, key=lambda piece: piece.date or "", reverse=True)[:MOST]


def _told_in_order(entry: AnyEntry) -> tuple[str, int]:
    raw, _, n = entry.id.partition("-")
    return raw, int(n)


def _piece(entry: AnyEntry) -> PieceLine:
    match entry:
        case ResultEntry():
            title, outcome, words, taught = entry.title, reached(entry), entry.narrative, entry.class_
        case EvidenceEntry():
            title, outcome, words, taught = entry.name or entry.genre, "", entry.narrative or entry.description, None
        case CredentialEntry():
            of = entry.achievement.name if entry.achievement else None
            title, outcome, words, taught = entry.name or of, "", entry.narrative, None
        case EnrollmentEntry():
            title, outcome, words, taught = entry.class_.title, "", None, entry.class_
    return PieceLine(
        title=title or _("Evidence"),
        said=outcome,
        narrative=words,
        date=entry.begins if isinstance(entry, EnrollmentEntry) else entry.date,
        taught=taught.title if taught else None,
        setting=setting(entry.setting),
        sources=_told_by(entry),
    )


def _badge(entry: CredentialEntry) -> BadgeCard:
    achievement = entry.achievement
    state, tone = _checked(entry)
    return BadgeCard(
        name=entry.name or (achievement.name if achievement else None) or _("A badge"),
        description=achievement.description if achievement else None,
        criteria=achievement.criteria if achievement else None,
        issuer=entry.issuer.name if entry.issuer else None,
        date=entry.date,
        state=state,
        tone=tone,
        sources=_told_by(entry),
    )


def _checked(entry: CredentialEntry) -> tuple[str, str]:
    """What is known of a badge, in a few words, and whether that is good (its tone)."""
    if entry.revoked:
        return _("taken back by its issuer"), "bad"
    words, tone = CHECKED[entry.verification or "unverified"]
    if entry.verification == "verified" and entry.issuer_known_by == "domain":
        words = later("valid: its issuer is known by its website")
    return _(words), tone


def _told_by(entry: AnyEntry) -> list[str]:
    """The sources of an entry, by name."""
    return list(dict.fromkeys(origin.source_name for origin in entry.from_))
