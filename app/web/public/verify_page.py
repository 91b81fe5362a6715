"""The public verify page: paste a credential, upload one (also inside a picture), or give its address."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.access import tenants
from app.credentials.verify import Report
from app.credentials.verify.report import Facts
from app.credentials.verify.vc import contained
from app.errors import ApiError, Gone, NotFound
from app.issuing.issuer import public_url
from app.request import Inside
from app.sharing import sharing
from app.sharing.readable import ReadableCredential, readable
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.known import lists
from app.wallet.verifying import verify_beside
from app.web import page
from app.web.kit.route import PageRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later
from app.web.public.report_words import translated_report

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 2 * 1024 * 1024
"""Bytes of what is pasted or uploaded."""
SAYS = {"valid": later("Valid"), "invalid": later("Not valid"), "unconfirmed": later("Could not be confirmed")}
MOST_SHARED = 50
"""Credentials behind one link that are verified at once."""
SHARED = Facts(format=later("What a share link shows"), name=later("What the link shows"))
SHARE_LINK = re.compile(
    r"(?P<home>https?://\S+?)/t/(?P<tenant>[a-z0-9-]+)/s/(?P<secret>[A-Za-z0-9_-]{32})/?(?:[?#]\S*)?"
)
UNKNOWN = later("Valid signature, unknown issuer")
TONE = {"valid": "good", "invalid": "bad", "unconfirmed": "warn"}
OUTCOMES = {
    "passed": (later("yes"), "good"),
    "failed": (later("no"), "bad"),
    "unknown": (later("not known"), "warn"),
    "not asked": (later("not asked"), ""),
}


@router.get("/verify")
async def verify_form() -> Response:
    """What can be verified, and how."""
    return page("verify.html", owner="Tessera", complaint=None)


@router.post("/verify")
async def verify_shown(request: Request, inside: Inside) -> Response:
    """What was found."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.work)
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=MOST) as form:
            content = await _content(form)
    except HTTPException:
        raise ApiError(
            413, "too-long", "That is too much", f"At most {MOST // 1024 // 1024} MB can be verified."
        ) from None
    if content is None:
        complaint = _("Paste a credential, choose a file, or give an address.")
        return page("verify.html", status=400, owner="Tessera", complaint=complaint)
    fetch = credential_fetcher(inside.db, inside.vault, inside.settings)
    known = await lists(inside.db, inside.settings)
    try:
        behind: Sequence[bytes | str] = await _behind(inside, content) or [content]
    except (NotFound, Gone) as why:
        return page("verify.html", status=404, owner="Tessera", complaint=str(why))
    reports = [await verify_beside(credential, fetch=fetch, known=known) for credential in behind]
    report = reports[0] if len(reports) == 1 else Report(SHARED, (contained(reports),), tuple(reports))
    status = 200 if report.verdict == "valid" else 422
    return page("verified.html", status=status, owner="Tessera", finding=finding(report))


async def _behind(inside: Service, content: bytes | str) -> list[bytes]:
    """What a share link of this service leads to: whoever was given a link has nothing else. None for all others."""
    link = SHARE_LINK.fullmatch(content.strip()) if isinstance(content, str) else None
    if link is None or link["home"] != public_url(inside.settings):
        return []
    tenant = await tenants.by_slug(inside.db, link["tenant"])
    async with inside.db.transaction(tenant.id) as tx:
        row = await sharing.open_share(tx, link["secret"])
        holdings = (await sharing.shared(tx, row, tenant.name))[:MOST_SHARED]
        await sharing.note_view(tx, row, [holding.id for holding in holdings], "verify page")
    return [holding.body for holding in holdings]


async def _content(form: FormData) -> bytes | str | None:
    """What is to be verified; None where nothing was given."""
    upload = form.get("file")
    if isinstance(upload, UploadFile) and (content := await upload.read(MOST + 1)):
        if len(content) > MOST:
            raise HTTPException(413)
        return content
    for name in ("credential", "address"):
        text = form.get(name)
        if isinstance(text, str) and text.strip():
            return text.strip()
    return None


def finding(report: Report) -> dict[str, Any]:
    """A report as the page shows it. Of an issuer that nobody knows, no name becomes a link and nothing is green."""
    unknown = report.verdict == "valid" and report.check("known") is not None and not report.known
    return {
        "verdict": _(UNKNOWN if unknown else SAYS[report.verdict]),
        "tone": "warn" if unknown else TONE[report.verdict],
        "summary": translated_report(report.summary),
        "format": _(report.facts.format),
        "sheet": _readable(report),
        "checks": [
            {
                **check.as_json(),
                "message": translated_report(check.message),
                "answer": _(OUTCOMES[check.outcome][0]),
                "tone": OUTCOMES[check.outcome][1],
            }
            for check in report.checks
        ],
        "leniencies": [translated_report(words) for words in report.leniencies],
        "children": [
            {
                "name": child.facts.name or _("Without a name"),
                "verdict": _(SAYS[child.verdict]),
                "tone": TONE[child.verdict],
            }
            for child in report.children
        ],
    }


def _readable(report: Report) -> ReadableCredential | None:
    if report.document is None:
        return None
    credential = readable(report.document)
    return credential if report.known else replace(credential, issuer_address=None)
