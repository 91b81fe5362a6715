"""How a OneRoster service is reached and asked: signed in, collection by collection."""

from contextlib import suppress

import httpx
import msgspec

from connectors.errors import ConfigError, SourceError, Unavailable
from connectors.kit import auth
from connectors.kit import http as kit
from connectors.kit.paging import Refused, ask
from connectors.oneroster.settings import PATHS, OneRosterSettings, Version


def client(settings: OneRosterSettings) -> httpx.AsyncClient:
    """An HTTP client whose base is the rostering service. ConfigError where the source is for files only."""
    if not settings.base_url:
        raise ConfigError("base_url is missing: this source takes CSV bundles only (set it to pull from a service)")
    return kit.client(settings.model_copy(update={"base_url": settings.url()}), auth=_auth(settings))


async def check(http: httpx.AsyncClient) -> str:
    """Ask for one organization, and say in words what came; where nothing is there, whether another version is."""
    try:
        response = await ask(http, "orgs", {"limit": 1, "offset": 0})
    except Refused as refused:
        if refused.status == httpx.codes.NOT_FOUND and (other := await _other_version(http)):
            raise ConfigError(f"{refused}: but OneRoster {other} answers there: set 'version' to {other}") from None
        raise
    try:
        orgs = kit.records(response.content, "orgs")
    except Unavailable:
        _, orgs = kit.only_list(response.content)
    if not orgs:
        return f"{http.base_url.host} answers, but lists no organizations: do the credentials see any school?"
    name = msgspec.json.decode(orgs[0], type=dict).get("name")
    total = response.headers.get("X-Total-Count")
    count = f"{total} organizations" if total else "organizations"
    return f"{http.base_url.host} answers and lists {count}; the first is '{name}'."


async def _other_version(http: httpx.AsyncClient) -> Version | None:
    """The OneRoster version that answers where this one does not; None where none does."""
    base = str(http.base_url).rstrip("/")
    for version, (path, _) in PATHS.items():
        for other, (other_path, _) in PATHS.items():
            if other != version and base.endswith(path):
                with suppress(SourceError):
                    await ask(http, f"{base.removesuffix(path)}{other_path}/orgs", {"limit": 1, "offset": 0})
                    return other
    return None


def _auth(settings: OneRosterSettings) -> httpx.Auth:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    if settings.auth == "bearer":
        return auth.bearer(settings.token.get_secret_value() if settings.token else "")
    if settings.auth == "oauth1":
        return auth.oauth1(settings.client_id, secret)
    method: auth.Method = "form" if settings.auth == "oauth2-form" else "basic"
    return auth.oauth2(settings.token_url, settings.client_id, secret, scope=settings.scopes(), method=method)
