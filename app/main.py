"""The composition root: settings in, the service's API out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from app import web
from app.access.gate import Gate
from app.access.rate import Buckets
from app.api import wallet
from app.api.access import audit, clients, oauth
from app.api.description import openapi
from app.api.frameworks import alignments, case, frameworks
from app.api.identity import cases, identity
from app.api.issuing import credentials, issuers, vc
from app.api.kit import problem
from app.api.kit.edge import Edge, RequestMetrics
from app.api.kit.routing import ByBeginning
from app.api.mastery import competencies, groups, overrides
from app.api.pipeline import evidence, pushed, quarantine, xapi, xapi_documents, xapi_statements
from app.api.pipeline.push import PushIntake
from app.api.pipeline.xapi_alternate import AlternateSyntax
from app.api.plans import credit, notes, plans
from app.api.programs import endorsements, engagements, ideas, programs, reports, reviews, submissions
from app.api.records import as_of, events, learners, sections
from app.api.rosters import gradebook as roster_gradebook
from app.api.rosters import oneroster
from app.api.rosters import shares as roster_shares
from app.api.sharing import claims, record_links, shares
from app.api.sources import health, interoperability, notices, rollover, sources
from app.api.wallet import hosts, known
from app.api.wallet.cors import WalletCors
from app.api.webhooks import webhooks
from app.credentials import contexts
from app.db.queue import settle_soon
from app.mastery.views.inputs import Outlines
from app.operations.readiness import Readiness
from app.people.openid import Providers
from app.people.sign_in import SignInAttempts
from app.pipeline.push import Inbox
from app.settings import Settings
from app.start import running
from app.web.advisor import caseload
from app.web.advisor import groups as caseload_groups
from app.web.advisor import plan as learner_plan
from app.web.district.pages import PAGES as DISTRICT
from app.web.family import authorize, host_back, record_as_of_page, record_page, report_card
from app.web.kit.visitors import Visitors
from app.web.mine import asks, corrections, exhibitions
from app.web.mine import badges as my_badges
from app.web.mine import looks as my_looks
from app.web.mine import record as my_record
from app.web.operator import instance
from app.web.people import home, invitation, me, passkeys, provider, sign_in, style
from app.web.program import (
    assess_page,
    badge_page,
    district_page,
    handing_in,
    ideas_page,
    links_page,
    lists_page,
    months_page,
    offers_page,
    participation_page,
    reach_page,
    review_page,
)
from app.web.program import home as program_home
from app.web.public import (
    claim_page,
    exhibition_page,
    help_pages,
    interoperability_page,
    issuer_pages,
    opportunities_page,
    program_issuer,
    reference_page,
    share_page,
    verify_page,
)
from app.web.registrar import batch as class_batches
from app.web.registrar import claims as family_claims
from app.web.registrar import credit as credit_pages
from app.web.registrar import issued as issued_pages
from app.web.registrar import learner_credentials
from app.web.registrar import received as received_pages
from app.web.teacher import classes, levels
from app.web.teacher import evidence as class_evidence

AUDIENCES = (
    reference_page,
    interoperability,
    interoperability_page,
    *(caseload, caseload_groups, learner_plan),
    webhooks,
    *(my_record, my_badges, my_looks, corrections, exhibitions, asks),
    *DISTRICT,
    *(classes, class_evidence, levels),
    *(issued_pages, class_batches, family_claims, learner_credentials, received_pages, credit_pages),
    *(
        learners,
        as_of,
        sections,
        evidence,
        pushed,
        xapi,
        xapi_statements,
        xapi_documents,
        events,
        sources,
        rollover,
        notices,
        quarantine,
        identity,
        cases,
        clients,
        audit,
        oauth,
    ),
    *(case, competencies, groups, overrides, record_links, frameworks, alignments),
    *(plans, notes, credit),
    *(programs, endorsements, engagements, reports, ideas, submissions, reviews),
    *(oneroster, roster_gradebook, roster_shares),
    *(credentials, shares, claims, hosts, known, issuers, vc, wallet, health),
    *(instance, home, sign_in, passkeys, provider, invitation, me, style),
    *(web, authorize, host_back, record_page, record_as_of_page, report_card, share_page, claim_page, verify_page),
    issuer_pages,
    *(
        months_page,
        participation_page,
        reach_page,
        ideas_page,
        offers_page,
        program_home,
        handing_in,
        lists_page,
        links_page,
        assess_page,
        review_page,
        district_page,
        badge_page,
    ),
    *(opportunities_page, program_issuer, exhibition_page),
)


ROUTES = APIRouter(generate_unique_id_function=openapi.operation_id)
"""Every route, as the API's description has it."""
for audience in AUDIENCES:
    ROUTES.include_router(audience.router)


def create_app(settings: Settings) -> FastAPI:
    """The service. Its database is opened when the server starts it, and closed when it stops."""
    contexts.add(settings.contexts)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    metrics, backlog = RequestMetrics(registry), health.BacklogMetrics(registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings) as service:
            inbox = Inbox(service.db, settle_soon)
            app.state.service = service
            app.state.registry, app.state.backlog = registry, backlog
            app.state.readiness = Readiness(service.db)
            app.state.gate = Gate(service.db, settings.requests_per_second)
            app.state.wrong_keys = Buckets(per_second=0.5, burst=30)
            app.state.tokens = Buckets(per_second=2, burst=60)
            app.state.visitors = Visitors()
            app.state.tries = SignInAttempts()
            app.state.providers = Providers(settings.limits.private)
            app.state.outlines = Outlines()
            app.state.desk = PushIntake(inbox, registry, settings.body_bytes, settings.batch_items)
            async with app.state.gate.uses.keeping(service.db):
                yield

    app = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would export the words of errors
        generate_unique_id_function=openapi.operation_id,
        routes=[ByBeginning(audience.router for audience in AUDIENCES)],
    )
    help_pages.install(app, settings)
    openapi.install(app, ROUTES.routes)
    problem.install(app)
    app.add_exception_handler(oauth.Refused, oauth.refused)
    app.add_middleware(learners.Shortcut)
    app.add_middleware(WalletCors)
    app.add_middleware(AlternateSyntax)
    app.add_middleware(Edge, metrics=metrics, settings=settings)
    return app
