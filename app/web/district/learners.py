"""Learners for staff: found by name or number among those one may see; a record; where each value comes from."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from app.errors import Invalid
from app.mastery.evidence import evidence_board
from app.mastery.pictures.profile import profile_picture
from app.mastery.pictures.wording import Wording
from app.mastery.standing import ItemStanding
from app.people import directory, finding, invitations, seeing
from app.people.invitations import Offer
from app.people.roles import BOUND, Permission
from app.people.viewer import Viewer
from app.records import provenance, reading
from app.records.document import AnyEntry, CredentialEntry, EnrollmentEntry, EvidenceEntry, Header, ResultEntry
from app.records.reading import Filter, Place, entry_of, id_of
from app.request import Inside
from app.web.district.people import paper
from app.web.kit.names import RECORD_KINDS, identifier, roster_role, setting
from app.web.kit.names import role as role_name
from app.web.kit.pictures import AT_HOME, AT_SCHOOL, PAGE, PHONE
from app.web.kit.results import reached
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/learners", include_in_schema=False, route_class=SignedRoute)
Section = Literal["results", "evidence", "credentials", "enrollments"]
SECTIONS: dict[Section, str] = {
    "results": later("Results"),
    "evidence": later("Evidence"),
    "credentials": later("Badges and credentials"),
    "enrollments": later("Classes"),
}
WAYS: tuple[tuple[str, str, Permission], ...] = (
    ("plan", later("Plan"), "plan.read"),
    ("report-card", later("Report card"), "learner.read"),
    ("credentials", later("Badges and credentials"), "credential.read"),
    ("credit", later("Credit"), "credit.award"),
    ("checkins", later("Talks"), "checkin.write"),
)
"""What else there is of a learner, for whoever may do this."""
AT_ONCE, ENTRIES = 40, 20
"""Learners that a search shows at a time, and entries of a record."""


@router.get("")
async def find(
    request: Request,
    viewer: Annotated[Viewer, may("people.find")],
    inside: Inside,
    q: Annotated[str, Query(max_length=100)] = "",
    after: UUID | None = None,
) -> Response:
    """Find a learner among those one may see."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        hits = await finding.find(tx, viewer, q.strip(), today, after=after, limit=AT_ONCE + 1)
        await seeing.note_looks(tx, viewer, [hit.relation for hit in hits[:AT_ONCE]], "search", today)
    learners = [
        {
            "name": hit.name or _("A learner"),
            "words": _where(hit.schools, hit.grades),
            "address": f"/learners/{hit.learner}",
        }
        for hit in hits[:AT_ONCE]
    ]
    last = hits[AT_ONCE - 1].learner if len(hits) > AT_ONCE else None
    following = f"/learners?{urlencode({'q': q, 'after': str(last)})}" if last else ""
    return show(request, "district/learners.html", q=q, learners=learners, following=following)


@router.get("/{learner}")
async def record(
    learner: UUID,
    request: Request,
    look: Annotated[Look, about_learner("learner.read", "record page")],
    inside: Inside,
    section: Section = "results",
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """One learner's record, with the way to where each value comes from; its entries page by page, newest first."""
    scope: Literal["all", "general"] = "all" if look.seen.sensitive else "general"
    now = datetime.now(UTC)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        header = await reading.header(tx, look.learner, scope)
        page = await reading.page(
            tx, look.learner, Filter(sections=(section,)), scope=scope, after=_place(after), limit=ENTRIES
        )
        seen = await evidence_board(tx, [look.learner], scope=scope)
        with_access = await directory.record_access(tx, look.seen.same) if look.viewer.may("learner.invite") else None
    standings = seen.standings(look.learner, now)
    at_home = look.seen.role in ("learner", "guardian")
    return show(
        request,
        "district/learner.html",
        crumbs=[(_("Learners"), "/learners")] if look.viewer.may("people.find") else [],
        learner=look.learner,
        name=header.names[0].value if header.names else _("A learner"),
        where=_where(reading.schools(header), [grade.value for grade in header.grades]),
        role=look.seen.role,
        facts=_facts(header),
        conflicts=[_(conflict.what) for conflict in header.conflicts],
        mastered=sum(1 for standing in standings if standing.state.met),
        begun=sum(1 for standing in standings if not standing.state.met and standing.level is not None),
        pictures=_pictures(standings, AT_HOME if at_home else AT_SCHOOL) if standings else [],
        entries=[(id_of(row), _entry(entry_of(row.body))) for row in page.rows],
        newest=f"/learners/{learner}?section={section}#entries" if after else "",
        older=_onward(learner, section, page.following) if page.following else "",
        ways=[(_(words), f"/learners/{learner}/{page}") for page, words, needed in WAYS if look.viewer.may(needed)],
        withheld=header.withheld if scope == "general" else 0,
        section=section,
        sections=[
            (_(words), f"/learners/{learner}?section={name}#entries", name == section)
            for name, words in SECTIONS.items()
        ],
        access=with_access,
    )


@router.get("/{learner}/from")
async def origin(
    learner: UUID,
    request: Request,
    look: Annotated[Look, about_learner("learner.read", "where a value comes from")],
    inside: Inside,
    path: Annotated[str, Query(max_length=200)],
) -> Response:
    """Who says a value, since when, and their very bytes."""
    scope: Literal["all", "general"] = "all" if look.seen.sensitive else "general"
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        trail = await provenance.provenance(tx, look.learner, path, scope=scope, after=None, limit=20)
        name = await reading.name(tx, look.learner)
    above = [(name.value if name else _("A learner"), f"/learners/{learner}")]
    return show(request, "district/origin.html", crumbs=above, provenance=trail, path=path, kinds=RECORD_KINDS)


@router.get("/{learner}/invite")
async def ask_invite(
    learner: UUID, request: Request, look: Annotated[Look, about_learner("learner.invite", "invitation")]
) -> Response:
    """The form of an invitation to one learner's record."""
    roles = [(name, role_name(name)) for name in ("guardian", "learner", "advisor", "assessor")]
    return show(request, "district/invite_learner.html", learner=learner, roles=roles, via=look.seen.role)


@router.post("/{learner}/invite")
async def invite(
    learner: UUID,
    request: Request,
    look: Annotated[Look, about_learner("learner.invite", "invitation")],
    inside: Inside,
) -> Response:
    """Invite the learner, who cares for them, or who advises or assesses them: the page that answers has the code."""
    del learner
    sent = form(request)
    role = sent.text("role")
    if role not in (*BOUND, "advisor"):
        raise Invalid(_("Choose whom to invite first."))
    offer = Offer(role, learner=look.learner, name=sent.text("name") or None, role_ends=sent.moment("ends"))
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        invited = await invitations.invite(tx, offer, look.viewer.actor)
    return paper(request, inside.settings.home, invited, _("Invitation"), role_name(role))


def _pictures(standings: Sequence[ItemStanding], wording: Wording) -> list[Markup]:
    """The profile, drawn once for a phone and once for a page."""
    return [
        Markup(profile_picture(standings, width=width, name=f"profile{width}", wording=wording))  # noqa: S704  made of escaped parts
        for width in (PHONE, PAGE)
    ]


def _place(after: str) -> Place | None:
    """Where a page of entries begins; at the newest for what is no place."""
    try:
        moment, piece, n = after.split(" ")
        return datetime.fromisoformat(moment), UUID(piece), int(n)
    except ValueError:
        return None


def _onward(learner: UUID, section: Section, place: Place) -> str:
    """The address of the page of entries after a place."""
    moment, piece, n = place
    return (
        f"/learners/{learner}?{urlencode({'section': section, 'after': f'{moment.isoformat()} {piece} {n}'})}#entries"
    )


def _facts(header: Header) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Who a learner is said to be: each value with who says it, and the path that leads to its source."""
    parts: Iterable[tuple[str, str, Iterable[Any]]] = (
        (_("Name"), "names", header.names),
        (_("Numbers"), "identifiers", header.identifiers),
        (_("Born"), "birthDates", header.birth_dates),
        (_("Pronouns"), "pronouns", header.pronouns),
        (_("E-mail"), "emails", header.emails),
        (_("Grade"), "grades", header.grades),
        (_("School"), "schools", header.schools),
        (_("Guardians"), "guardians", header.guardians),
    )
    return [
        (words, [(_value(fact), _sources(header, fact.from_), f"/{name}/{n}") for n, fact in enumerate(values)])
        for words, name, values in parts
        if values
    ]


def _sources(header: Header, slugs: Iterable[str]) -> str:
    """Sources by what people call them."""
    named = {source.source: source.name for source in header.sources}
    return ", ".join(dict.fromkeys(named.get(slug, slug) for slug in slugs))


def _value(fact: Any) -> str:
    if hasattr(fact, "issuer"):
        return f"{identifier(fact.type)} {fact.value}"
    if hasattr(fact, "relation"):
        return f"{fact.name or _('Somebody')} ({roster_role(fact.relation)})"
    if hasattr(fact, "org"):
        return str(fact.name or fact.org)
    return str(fact.value)


def _entry(entry: AnyEntry) -> dict[str, Any]:
    """An entry in a line: what it is, what was reached, when, where and who says so."""
    match entry:
        case ResultEntry():
            title, detail, on = entry.title, reached(entry), entry.date
        case EvidenceEntry():
            title, detail, on = entry.name or entry.genre, entry.narrative or entry.description or "", entry.date
        case CredentialEntry():
            title = entry.name or (entry.achievement.name if entry.achievement else None)
            detail, on = (entry.issuer.name or "" if entry.issuer else ""), entry.date
        case EnrollmentEntry():
            title, detail, on = entry.class_.title, roster_role(entry.role) if entry.role else "", entry.begins
    sources = ", ".join(dict.fromkeys(origin.source_name for origin in entry.from_))
    where = setting(entry.setting) if entry.setting != "in-school" else ""
    return {"title": title or _("Untitled"), "detail": detail, "on": on, "sources": sources, "setting": where}


def _where(schools: Iterable[str], grades: Iterable[str]) -> str:
    school_names = list(dict.fromkeys(schools))
    grade_words = [_("Grade %(grade)s", grade=grade.lstrip("0") or grade) for grade in dict.fromkeys(grades)]
    return ", ".join([*school_names[:2], *grade_words[:2]])
