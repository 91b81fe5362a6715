"""What a program may see of the roster: schools, classes, fields. How much that is, is shown before it is saved."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import clients
from app.errors import Invalid, NotFound
from app.people.viewer import Viewer
from app.request import Inside
from app.rosters import sharing
from app.rosters.sharing import Rules
from app.start import Service
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/clients/{client}/roster", include_in_schema=False, route_class=SignedRoute)
Administrator = Annotated[Viewer, may("clients.manage")]
PATHS: dict[str, str] = {
    "/schools": later("Schools"),
    "/classes": later("Classes"),
    "/students": later("Students"),
    "/teachers": later("Teachers"),
    "/users": later("People in all"),
    "/enrollments": later("Places in classes"),
    "/demographics": later("Birth dates and the like"),
    "/lineItems": later("Tasks and tests"),
    "/results": later("Results"),
    "/assessmentResults": later("Results of assessments"),
}
PRIVATE: dict[str, str] = {
    "users.email": later("E-mail address"),
    "users.phone": later("Phone number"),
    "users.pronouns": later("Pronouns"),
    "users.identifier": later("Student number"),
    "users.userIds": later("Other numbers"),
    "users.username": later("User name"),
    "users.middleName": later("Middle name"),
    "users.agents": later("Parents and guardians"),
    "users.grades": later("Grade"),
    "demographics.birthDate": later("Birth date"),
    "demographics.sex": later("Sex"),
}
"""Fields that the page offers to withhold; the API and the command line know more of them."""


@router.get("")
async def ask(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """What is shared with it now."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        try:
            row = await sharing.share_of(tx, client)
        except NotFound:
            rules, shared = Rules(), False
        else:
            schools = None if row.schools is None else tuple(row.schools)
            classes = None if row.classes is None else tuple(row.classes)
            rules, shared = Rules(schools, classes, tuple(row.withheld)), True
    return await _page(request, viewer, inside, client, rules, shared=shared, look=shared)


@router.post("")
async def save(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Show how much these rules let it see, or save them, once that was shown."""
    sent = form(request)
    rules = _rules(sent)
    if sent.text("seen") != _written(rules):
        return await _page(request, viewer, inside, client, rules, shared=False, look=True, proposed=True)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await sharing.share(tx, client, rules.schools, rules.classes, rules.withheld)
    return done(request, "/clients", _("Shared. It holds from the program's next request on."))


@router.post("/end")
async def end(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Share nothing more."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await clients.live_client(tx, client)
        await sharing.unshare(tx, client)
    return done(request, "/clients", _("Nothing is shared with it any more."))


def _rules(sent: Posted) -> Rules:
    """The rules of a form. Invalid where an id is none."""
    try:
        schools = tuple(sorted(UUID(text) for text in sent.many("school"))) if sent.text("which") == "some" else None
        classes = tuple(sorted({UUID(text) for text in sent.text("classes").split()})) or None
    except ValueError:
        raise Invalid(_("An id is none: copy it from the roster as it is served.")) from None
    return Rules(schools, classes, tuple(sorted(sent.many("withheld"))))


def _written(rules: Rules) -> str:
    """Rules as the form brings them back, so that no others are saved than those that were looked at."""
    return msgspec.json.encode(rules).decode()


async def _page(
    request: Request,
    viewer: Viewer,
    inside: Service,
    client: UUID,
    rules: Rules,
    *,
    shared: bool,
    look: bool,
    proposed: bool = False,
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await clients.live_client(tx, client)
        schools = await sharing.schools(tx)
        seen = await sharing.preview(tx, client, rules) if look else []
    fields = {**PRIVATE, **{name: name for name in rules.withheld if name not in PRIVATE}}
    values: dict[str, Any] = {
        "client": row,
        "schools": schools,
        "chosen": set(rules.schools or ()),
        "all_schools": rules.schools is None,
        "classes": "\n".join(map(str, rules.classes or ())),
        "fields": [(name, _(words) if name in PRIVATE else words) for name, words in fields.items()],
        "withheld": rules.withheld,
        "seen": [(_(PATHS[each.path]), each.count, each.lacking) for each in seen],
        "written": _written(rules) if proposed else "",
        "shared": shared,
    }
    return show(request, "district/roster_share.html", crumbs=[(_("Programs and keys"), "/clients")], **values)
