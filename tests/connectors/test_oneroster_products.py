"""Products by name: where each is asked, how it is signed in to, and a pull from a server with its habits."""

from typing import Any

import httpx
import pytest
import respx

from connectors.oneroster import connector
from connectors.oneroster.products import PRESETS
from connectors.oneroster.settings import OneRosterSettings

HOST = "https://sis.example.org"
KEYS = {"client_id": "id", "client_secret": "s3cret"}
GIVEN: dict[str, dict[str, Any]] = {
    "aspen": {**KEYS, "token_url": f"{HOST}/token"},
    "skyward": {**KEYS, "token_url": f"{HOST}/token"},
    "classlink": KEYS,
    "classlink-proxy": {"token": "key"},
    "edfi-oneroster": {**KEYS, "token_url": f"{HOST}/token"},
    "infinite-campus": {
        **KEYS,
        "token_url": f"{HOST}/campus/oauth2/token?appName=sample",
        "base_url": f"{HOST}/campus",
    },
    "powerschool": KEYS,
}
USERS = {
    "aspen": "/ims/oneroster/v1p1/users",
    "skyward": "/ims/oneroster/v1p1/users",
    "classlink": "/ims/oneroster/v1p1/users",
    "classlink-proxy": "/ims/oneroster/v1p1/users",
    "edfi-oneroster": "/ims/oneroster/rostering/v1p2/users",
    "infinite-campus": "/campus/api/ims/oneroster/rostering/v1p2/users",
    "powerschool": "/ws/v1p1/ims/oneroster/v1p1/users",
}
SIGNED = {"classlink": "OAuth ", "classlink-proxy": "Bearer key"}
CLAMP = {"edfi-oneroster": 500, "powerschool": 100}


def test_every_preset_is_tried_here() -> None:
    assert set(GIVEN) == set(USERS) == set(PRESETS)


@respx.mock
@pytest.mark.parametrize("product", sorted(PRESETS))
async def test_a_product_is_pulled_by_its_name_and_credentials_alone(product: str) -> None:
    settings = OneRosterSettings.model_validate({"base_url": HOST, "product": product, **GIVEN[product]})
    rows = [{"sourcedId": f"u{n:04}", "dateLastModified": "2026-09-01T08:00:00Z"} for n in range(1200)]

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        return httpx.Response(200, json={"users": rows[offset : offset + min(limit, CLAMP.get(product, limit))]})

    route = respx.get(HOST + USERS[product]).mock(side_effect=answer)
    token = respx.post(url__startswith=HOST).respond(json={"access_token": "granted", "expires_in": 3600})
    [stream] = [stream for stream in connector.streams_for(settings) if stream.name == "users"]
    assert stream.pull is not None
    assert connector.client is not None
    async with connector.client(settings) as http:
        came = [record async for page in stream.pull(http, None) for record in page.records]
    assert len(came) == 1200
    signed = route.calls[0].request.headers["Authorization"]
    assert signed.startswith(SIGNED.get(product, "Bearer granted"))
    if product == "powerschool":
        assert str(token.calls[0].request.url) == f"{HOST}/oauth/access_token"
        assert b"scope" not in token.calls[0].request.content
    if product == "infinite-campus":
        assert token.calls[0].request.url.params["appName"] == "sample"


def test_any_setting_overrides_its_product() -> None:
    fields = {"base_url": HOST, "product": "powerschool", **KEYS, "page_size": 250, "token_url": f"{HOST}/t"}
    settings = OneRosterSettings.model_validate(fields)
    assert (settings.page_size, settings.token_url, settings.version) == (250, f"{HOST}/t", "1.1")
    with pytest.raises(ValueError, match="product"):
        OneRosterSettings.model_validate({**fields, "product": "unheard-of"})
