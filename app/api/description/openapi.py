"""The API's description (OpenAPI 3.1): served and committed. `app.web.public.reference_page` shows it to people."""

import gzip
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from app.api.access.wire_oauth import OAuthError
from app.api.description.competency_examples import COMPONENTS
from app.api.description.credential_examples import ASKED
from app.api.description.examples import ANSWERS
from app.api.kit.problem import MEDIA_TYPE, TITLES, problems
from app.api.kit.wire_base import Problem
from app.api.pipeline.wire_evidence import PushOutcome
from app.records.document import EntryPage, FullRecord, Header, RecordAt
from connectors.evidence.model import EvidenceItem
from connectors.open_badges.model import BadgeSubmission
from connectors.xapi.model import XapiStatement

ABOUT = """
Tessera takes what schools' systems, learning tools and after-school programs know about a learner, and serves one
record per learner, with the source of every value.

**Keys.** Send an API key as `Authorization: Bearer tsk_…`, or trade it for a token that lives at most an hour
(`POST /oauth/token`). Each operation names the scope it needs. A client belongs to one tenant and sees nothing of
another: what is another's is answered as what does not exist.

**Errors** are problem+json (RFC 9457). `detail` names the value and the next step; `errors` name each field.

**Limits.** Bodies are UTF-8 and not compressed, at most 8 MiB and 5,000 items unless the operator has set other
limits (413). A client that asks too often is told when to ask again (429 and `Retry-After`).

**Repeating.** Push with an `Idempotency-Key` and repeat without fear: the first answer comes again. So does what was
made, as it stands now, where a plan, note, signature, credit or policy is made with one.
"""
TAGS = [
    {"name": "Learners", "description": "Search, list and read learner records"},
    {"name": "Evidence and badges", "description": "Push what a learner made, did or earned"},
    {"name": "Competencies", "description": "What a learner has shown, competency by competency"},
    {"name": "Plans", "description": "Learners' goals, who signed them, and what learners note for themselves"},
    {"name": "Credit", "description": "Which competencies give which credit, and what was awarded"},
    {"name": "Programs", "description": "Out of school: hand in, review, approve programs"},
    {"name": "Frameworks", "description": "Competency frameworks, crosswalks, and the rules of mastery"},
    {"name": "Events", "description": "Follow what changes"},
    {"name": "Webhooks", "description": "Have what changes sent to you, signed"},
    {"name": "Sources", "description": "Where records come from, and how that goes"},
    {"name": "Quarantine", "description": "Records that could not be taken in, and how to mend that"},
    {"name": "Identity", "description": "Who is who, where the rules cannot say"},
    {"name": "Clients", "description": "Programs that call this API, and their keys"},
    {"name": "Credentials", "description": "Issue, suspend and revoke; share, and see who saw what"},
    {"name": "VC-API", "description": "Sign and verify, as the W3C's interface has it"},
    {"name": "Issuer", "description": "What verifiers read without a key: DID document, keys, status lists"},
    {"name": "OAuth", "description": "Short-lived tokens"},
    {"name": "Health", "description": "For operators and their machines"},
]
ALSO = (Problem, OAuthError, PushOutcome, EvidenceItem, BadgeSubmission, XapiStatement)
"""Shapes that operations name which read or write their bodies themselves."""
RECORD = (Header, FullRecord, EntryPage, RecordAt)
"""The same of the record, whose bytes go out as they are stored."""


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Serve the description of the routes, compressed for whoever takes that: it is a tenth as long."""

    @cache
    def document() -> dict[str, Any]:
        return _described(routes)

    @cache
    def packed() -> tuple[bytes, bytes]:
        text = json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()
        return text, gzip.compress(text, mtime=0)

    async def openapi_json(request: Request) -> Response:
        plain, small = packed()
        headers = {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(small, headers={**headers, "Content-Encoding": "gzip"}, media_type="application/json")
        return Response(plain, headers=headers, media_type="application/json")

    app.add_route("/openapi.json", openapi_json, include_in_schema=False)
    app.openapi = document  # type: ignore[method-assign]


def operation_id(route: APIRoute) -> str:
    """An operation's name, in camel case: what generated clients call it."""
    return str(to_camel(route.name))


def _described(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    document = get_openapi(
        title="Tessera",
        version=version("tessera-records"),
        servers=[{"url": "/", "description": "The service that serves this document"}],
        summary="An open interoperability service for learner records",
        description=ABOUT.strip(),
        routes=routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    _, also = models_json_schema(
        [(model, "serialization" if model is PushOutcome else "validation") for model in ALSO],
        ref_template="#/components/schemas/{model}",
    )
    _, record = msgspec.json.schema_components(RECORD, ref_template="#/components/schemas/{name}")
    components = document["components"]
    components["schemas"] = {**also["$defs"], **record, **COMPONENTS, **components["schemas"]}
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"]["clientBasic"] = {
        "type": "http",
        "scheme": "basic",
        "description": "The client's id and one of its API keys, for `/oauth` only.",
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation["summary"] = operation["summary"].capitalize()
            if "requestBody" in operation and "403" in operation["responses"]:  # behind a key
                _describe_body_errors(operation["responses"])
            _give_examples(operation)
    _close_tuples(document)
    _drop_defaults(document)
    return _with_plain_names(document)


def _with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """The document with types that share a name called by what they are of: `ProgramsLevelWritten`.

    Without it they carry our modules' names, and generators of clients, which go by titles, leave them out.
    """
    shapes = document["components"]["schemas"]
    plain = {name: _plain(name) for name in shapes if "__" in name}
    for name, words in plain.items():
        shapes[name]["title"] = words
    text = json.dumps(document, ensure_ascii=False)
    for name, words in plain.items():
        text = text.replace(f'"{name}":', f'"{words}":').replace(f'/schemas/{name}"', f'/schemas/{words}"')
    return dict(json.loads(text))


def _plain(name: str) -> str:
    *_, module, own = name.split("__")
    return module.removeprefix("wire_").title().replace("_", "") + own


def _drop_defaults(part: Any) -> None:
    """Say no default that generators of clients trip over, or that says nothing.

    Of what is an object they leave the shape out; and in TypeScript a field with a default is one that has to be given,
    so that one whose default is nothing (null, false, an empty list) is just not required.
    """
    if isinstance(part, dict):
        is_schema = isinstance(part.get("type", part.get("$ref", part.get("anyOf", part.get("oneOf")))), str | list)
        if is_schema and "default" in part and (not part["default"] or isinstance(part["default"], dict)):
            del part["default"]
        part = [inner for name, inner in part.items() if name not in ("example", "examples")]
    if isinstance(part, list):
        for inner in part:
            _drop_defaults(inner)


def _close_tuples(part: Any) -> None:
    """Say of a tuple's further items what they would be, in place of `false`: there are none, as its length says.

    It means the same, and the commonest generator of Python clients takes no schema that is a truth value.
    """
    if isinstance(part, dict):
        if part.get("items") is False and "prefixItems" in part:
            part["items"] = {"anyOf": part["prefixItems"]}
            part["minItems"] = part["maxItems"] = len(part["prefixItems"])
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _close_tuples(inner)


def _describe_body_errors(responses: dict[str, Any]) -> None:
    """What every body may meet, beside what the operation itself answers with that status."""
    for status, described in problems(400, 408, 413, 415).items():
        own = responses.setdefault(str(status), described)
        own["content"] = {**described["content"], **own["content"]}
    for status in sorted(responses):
        responses[status] = responses.pop(status)


def _give_examples(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            if media_type == MEDIA_TYPE:
                content["example"] = {
                    "type": "urn:tessera:problem:…",
                    "title": TITLES[int(status)],
                    "status": int(status),
                    "detail": "What it was, and what to do next.",
                }
            elif operation["operationId"] in ANSWERS and (status.startswith("2") or operation["operationId"] in ASKED):
                answer = ANSWERS[operation["operationId"]]
                content["example"] = json.dumps(answer) if content["schema"].get("type") == "string" else answer
    if example := ASKED.get(operation["operationId"]):
        operation["requestBody"]["content"]["application/json"]["example"] = example
