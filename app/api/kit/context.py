"""What handlers ask for: who calls, admitted for the scope of the operation."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, OAuth2, SecurityScopes

from app.access.gate import Gate
from app.access.scopes import MEANING, Scope
from app.db.access.access import Caller

oauth2 = OAuth2(
    scheme_name="oauth2",
    description="A token from `POST /oauth/token` (client credentials), for at most an hour.",
    flows={"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict(MEANING)}},
    auto_error=False,
)
api_key = HTTPBearer(
    scheme_name="apiKey",
    description="An API key (`tsk_…`), presented as it is.",
    bearerFormat="tsk_…",
    auto_error=False,
)


def gate(request: Request) -> Gate:
    """The gate every request passes."""
    return cast(Gate, request.app.state.gate)


async def caller(
    request: Request,
    security: SecurityScopes,
    _token: Annotated[str | None, Depends(oauth2)],
    _key: Annotated[object, Depends(api_key)],
) -> Caller:
    """Who calls, admitted for the operation's scope."""
    (scope,) = security.scopes
    return await gate(request).caller(request.headers.get("authorization"), cast(Scope, scope))


def secured(scope: Scope) -> dict[str, object]:
    """How an operation that checks the key by itself, in its one round trip, says so in the API's description."""
    return {"security": [{"oauth2": [scope]}, {"apiKey": [scope]}]}


EvidencePusher = Annotated[Caller, Security(caller, scopes=["evidence.write"])]
BadgePusher = Annotated[Caller, Security(caller, scopes=["credentials.write"])]
Reader = Annotated[Caller, Security(caller, scopes=["learners.read"])]
Follower = Annotated[Caller, Security(caller, scopes=["events.read"])]
SourceReader = Annotated[Caller, Security(caller, scopes=["sources.read"])]
SourceManager = Annotated[Caller, Security(caller, scopes=["sources.manage"])]
QuarantineManager = Annotated[Caller, Security(caller, scopes=["quarantine.manage"])]
IdentityManager = Annotated[Caller, Security(caller, scopes=["identity.manage"])]
ClientManager = Annotated[Caller, Security(caller, scopes=["clients.manage"])]
FrameworkReader = Annotated[Caller, Security(caller, scopes=["frameworks.read"])]
FrameworkManager = Annotated[Caller, Security(caller, scopes=["frameworks.manage"])]
CredentialReader = Annotated[Caller, Security(caller, scopes=["credentials.read"])]
CredentialIssuer = Annotated[Caller, Security(caller, scopes=["credentials.issue"])]
CredentialSigner = Annotated[Caller, Security(caller, scopes=["credentials.sign"])]
CredentialVerifier = Annotated[Caller, Security(caller, scopes=["credentials.verify"])]
ShareKeeper = Annotated[Caller, Security(caller, scopes=["shares.manage"])]
PlanReader = Annotated[Caller, Security(caller, scopes=["plans.read"])]
PlanWriter = Annotated[Caller, Security(caller, scopes=["plans.write"])]
PlanSigner = Annotated[Caller, Security(caller, scopes=["plans.sign"])]
NoteKeeper = Annotated[Caller, Security(caller, scopes=["plans.private"])]
Auditor = Annotated[Caller, Security(caller, scopes=["audit.read"])]
CreditAwarder = Annotated[Caller, Security(caller, scopes=["credits.award"])]
ProgramManager = Annotated[Caller, Security(caller, scopes=["programs.manage"])]
Submitter = Annotated[Caller, Security(caller, scopes=["programs.submit"])]
Reviewer = Annotated[Caller, Security(caller, scopes=["programs.review"])]
