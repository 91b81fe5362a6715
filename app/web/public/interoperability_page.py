"""How interoperable this instance is, for everybody: as a page, or as JSON for whoever asks for that."""

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.request import Inside
from app.sources import interoperability
from app.web import page
from app.web.kit.route import PageRoute

router = APIRouter(include_in_schema=False, route_class=PageRoute)
VARIES = {"Vary": "Accept", "Cache-Control": "public, max-age=300"}


@router.get("/about/interoperability")
async def about_interoperability(request: Request, inside: Inside) -> Response:
    """The standards spoken here and the levels of export. A district's own metrics are `GET /v1/interoperability`."""
    metrics = interoperability.offered(inside.settings)
    if "text/html" in request.headers.get("accept", ""):
        return page("interoperability.html", headers=VARIES, metrics=metrics, standards=interoperability.SPOKEN)
    standards = [asdict(standard) for standard in interoperability.SPOKEN]
    document = {"rubric": interoperability.RUBRIC, "standards": standards, "metrics": [asdict(m) for m in metrics]}
    return JSONResponse({**document, "district": f"{inside.settings.home}/v1/interoperability"}, headers=VARIES)
