"""Health: is the process alive, is it ready to serve, and its metrics."""

import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.responses import JSONResponse, Response

from app.api.kit.problem import not_found
from app.db.server.readiness import Backlog
from app.operations import readiness
from app.request import Inside
from app.settings import Settings

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
router = APIRouter(tags=["Health"])

Described = dict[int | str, dict[str, Any]]

OK: Described = {200: {"description": "Yes", "content": {"application/json": {"example": {"status": "ok"}}}}}
NOT_READY: Described = {
    503: {
        "description": "No, and why not",
        "content": {"application/json": {"example": {"status": "not ready", "database": "cannot be reached"}}},
    }
}
METRICS: Described = {200: {"description": "Prometheus' text format", "content": {"text/plain": {}}}}


class BacklogMetrics:
    """What waits, over all tenants."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._quarantined = Gauge("tessera_quarantined_records", "Records in quarantine", registry=registry)
        self._unsettled = Gauge("tessera_unsettled_pages", "Pages whose learners are to be rebuilt", registry=registry)
        self._paused = Gauge("tessera_paused_sources", "Sources that are paused", registry=registry)

    def show(self, backlog: Backlog) -> None:
        """Set the gauges."""
        self._quarantined.set(backlog.quarantined)
        self._unsettled.set(backlog.unsettled)
        self._paused.set(backlog.paused)


@router.get("/livez", responses=OK, response_class=JSONResponse)
async def is_alive() -> JSONResponse:
    """Is the process alive? It need not be restarted while this answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses={**OK, **NOT_READY}, response_class=JSONResponse)
async def is_ready(request: Request) -> JSONResponse:
    """Is the service ready: its database reachable, isolating tenants, of this release's schema, and a worker alive?"""
    complaints = await request.app.state.readiness.complaints()
    return JSONResponse({"status": "not ready" if complaints else "ok", **complaints}, 503 if complaints else 200)


@router.get("/metrics", responses=METRICS, response_class=Response)
async def read_metrics(request: Request, inside: Inside) -> Response:
    """Metrics for Prometheus: counts and times, never whose. For this machine, or with the metrics token."""
    token = inside.settings.metrics_token
    presented = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    allowed = (
        _local(request, inside.settings)
        if token is None
        else hmac.compare_digest(presented, token.get_secret_value().encode())
    )
    if not allowed:
        raise not_found("Metrics are served to this machine, or with the token in TESSERA_METRICS_TOKEN.")
    request.app.state.backlog.show(await readiness.backlog(inside.db))
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def _local(request: Request, settings: Settings) -> bool:
    """Whether it is this machine that asks, and not a proxy on it for somebody else."""
    if request.scope["state"].get("forwarded") or urlsplit(settings.home).hostname not in LOOPBACK:
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
