"""The composition root: settings in, the service's API out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app.access.gate import Gate
from app.api import learners, problem
from app.api.edge import Edge, RequestMetrics
from app.settings import Settings
from app.start import running


def create_app(settings: Settings) -> FastAPI:
    """The service. Its database is opened when the server starts it, and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings) as service:
            app.state.service = service
            app.state.gate = Gate(service.db, settings.requests_per_second)
            yield

    registry = CollectorRegistry()
    app = FastAPI(title="Tessera", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.append(learners.fast_record)
    app.include_router(learners.router)
    problem.install(app)
    app.add_middleware(Edge, metrics=RequestMetrics(registry), body_bytes=settings.body_bytes)
    return app
