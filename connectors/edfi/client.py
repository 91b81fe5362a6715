"""How an Ed-Fi ODS/API is reached: client credentials by HTTP Basic, its tokens renewed before they end."""

import httpx
import msgspec

from connectors.edfi.settings import EdFiSettings
from connectors.kit import auth, members
from connectors.kit import client as guarded
from connectors.kit.paging import ask

SNAPSHOT = {"Use-Snapshot": "true"}


def client(settings: EdFiSettings) -> httpx.AsyncClient:
    """An HTTP client whose base is the API's root."""
    signed = auth.oauth2(settings.token_address(), settings.client_id, settings.client_secret.get_secret_value())
    return guarded(settings, auth=signed, headers=SNAPSHOT if settings.snapshot else {})


async def check(http: httpx.AsyncClient) -> str:
    """Ask the root which release and which data models it serves."""
    root = members((await ask(http, "")).content)
    version = msgspec.json.decode(root["version"], type=str) if "version" in root else "of an unknown release"
    models = msgspec.json.decode(root["dataModels"], type=list[dict[str, str]]) if "dataModels" in root else []
    named = ", ".join(f"{model.get('name')} {model.get('version')}" for model in models)
    return f"{http.base_url.host} answers: ODS/API {version}, {named or 'no data models named'}."
