"""The public verify page: paste a credential, upload one (also inside a picture), or give its address."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.kit.context import Inside
from app.credentials.verify import Report
from app.errors import ApiError
from app.sharing.readable import readable
from app.wallet.fetcher import door
from app.wallet.verifying import look
from app.web import page
from app.web.kit.route import PageRoute
from app.web.kit.visitors import Visitors, admit

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 2 * 1024 * 1024
"""Bytes of what is pasted or uploaded."""
SAYS = {"valid": "Valid", "invalid": "Not valid", "unconfirmed": "Could not be confirmed"}
TONE = {"valid": "good", "invalid": "bad", "unconfirmed": "warn"}
OUTCOMES = {
    "passed": ("yes", "good"),
    "failed": ("no", "bad"),
    "unknown": ("not known", "warn"),
    "not asked": ("not asked", ""),
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
        told = "Paste a credential, choose a file, or give an address."
        return page("verify.html", status=400, owner="Tessera", complaint=told)
    report = await look(content, fetch=door(inside.db, inside.vault, inside.settings))
    status = 200 if report.verdict == "valid" else 422
    return page("verified.html", status=status, owner="Tessera", finding=finding(report))


async def _content(form: FormData) -> bytes | str | None:
    """What is to be verified; None where nothing was given."""
    upload = form.get("file")
    if isinstance(upload, UploadFile) and (content := await upload.read(MOST + 1)):
        if len(content) > MOST:
            raise HTTPException(413)
        return content
    for name in ("credential", "address"):
        told = form.get(name)
        if isinstance(told, str) and told.strip():
            return told.strip()
    return None


def finding(report: Report) -> dict[str, Any]:
    """A report as the page shows it."""
    return {
        "verdict": SAYS[report.verdict],
        "tone": TONE[report.verdict],
        "summary": report.summary,
        "format": report.facts.format,
        "sheet": readable(report.document) if report.document is not None else None,
        "checks": [
            {**check.as_json(), "answer": OUTCOMES[check.outcome][0], "tone": OUTCOMES[check.outcome][1]}
            for check in report.checks
        ],
        "leniencies": report.leniencies,
        "children": [
            {"name": child.facts.name or "Without a name", "verdict": SAYS[child.verdict], "tone": TONE[child.verdict]}
            for child in report.children
        ],
    }
