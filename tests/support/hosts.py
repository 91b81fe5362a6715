"""What tests share of hosts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import msgspec
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.db.access import tenants
from app.db.wallet import wallet as credentials_wallet
from app.wallet import apps
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.landing import listed
from tests.support.received import badge


@asynccontextmanager
async def listening(database: TestDatabase, folder: Path) -> AsyncIterator[Api]:
    """The service on a port: the district `sample` fetches, the district `other` is the host."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.bind(("127.0.0.1", 0))
    where = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with serving(settings_for(database, folder, public_url=where, private_addresses=("127.0.0.1",))) as (
        app,
        http,
    ):
        db = app.state.service.db
        sample, other = await tenants.add(db, "sample", "Sample District"), await tenants.add(db, "other", "Other")
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve([taken]))
        try:
            yield Api(app, http, db, sample.id, other.id)
        finally:
            server.should_exit = True
            await running


def home(api: Api) -> str:
    return str(api.app.state.service.settings.public_url) + "/t/other"


async def agreed(api: Api, wish: dict[str, str], theirs: UUID) -> httpx.Response:
    """The learner says yes at the host, and comes back."""
    async with api.db.transaction(api.other) as tx:
        code, _ = await apps.connect_code(tx, theirs, "test")
    form = {**wish, "connect_code": code, "decision": "allow"}
    sent = await api.http.post("/t/other/oauth/authorize", data=form)
    assert sent.status_code == 303, sent.text
    back = urlsplit(sent.headers["location"])
    assert back.path == "/t/sample/oauth/back"
    return await api.http.get(back.path, params=back.query)


async def there(api: Api) -> UUID:
    """The learner as the host knows them."""
    host = Api(api.app, api.http, api.db, api.other, api.tenant)
    return UUID(await host.learner(await host.pusher()))


async def put(api: Api, theirs: UUID, body: bytes, *, token: bool = False, issuer: str = "urn:i") -> None:
    """A credential that the learner holds at the host."""
    row = credentials_wallet.HeldRow(
        uuid4(), "x", "OpenBadgeCredential", "text/plain" if token else "application/json", body, datetime.now(UTC)
    )
    async with api.db.transaction(api.other) as tx:
        await credentials_wallet.hold(tx, theirs, row, issuer, str(row.id), datetime.now(UTC), "test")


def document(n: int) -> bytes:
    return msgspec.json.encode(listed(badge(Ed25519PrivateKey.generate(), id=f"urn:uuid:{n}", name=f"Badge {n}")))
