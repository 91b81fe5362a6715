"""Open Badges 3.0 and CLR 2.0 as a provider: description, registration, consent, credentials, profile.

Each tenant has its own address: /t/{tenant}/ims/ob/v3p0, /t/{tenant}/ims/clr/v2p0 and /t/{tenant}/oauth. The standards'
own OpenAPI documents describe them (GET …/discovery), so that they are not part of ours.
"""

from fastapi import APIRouter

from app.api.wallet import connect, credentials, description

router = APIRouter(include_in_schema=False)
for part in (description, connect, credentials):
    router.include_router(part.router)
