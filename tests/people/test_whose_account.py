"""Whose account it is that a provider opens: by subject, by address, and where it leaves out what roles go by."""

from typing import Any
from uuid import UUID

import pytest

from app.people import providers
from app.people.providers import ProviderSettings
from tests.support.api import Api
from tests.support.openid import CLIENT, SECRET, provider
from tests.support.signing_in import api, connect, entered_as

__all__ = ["api"]
pytestmark = [pytest.mark.enable_socket]


@pytest.mark.parametrize(
    "overage",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example.org/7"}}},
        {"hasgroups": True},
    ],
)
async def test_who_is_in_more_groups_than_a_token_holds_is_told_so(api: Api, overage: dict[str, Any]) -> None:
    """Entra, over 200 groups: nobody knows whether one of them gives a role, and no role goes without a word."""
    async with provider(sub="7", name="Lee Sample", groups=["Data Stewards"]) as openid:
        address = await connect(api, openid.address, name="Entra")
        assert "Data steward" in await entered_as(api, address)
        openid.claims = {"sub": "7", "name": "Lee Sample", **overage}
        assert "Entra left out your groups" in await entered_as(api, address)
        openid.claims |= {"staff": {"job": "registrar"}}
        page = await entered_as(api, address)
        assert ("Registrar" in page, "Data steward" in page) == (True, False)
        openid.claims = {"sub": "8", "name": "Somebody else", **overage}
        assert "Entra left out your groups" in await entered_as(api, address)
        openid.claims |= {"groups": ["Data Stewards"]}
        assert "Data steward" in await entered_as(api, address), "what is said counts"


async def test_an_address_that_is_given_to_somebody_else_gives_them_no_account(api: Api) -> None:
    """A subject is never given to another person, an address may be (OpenID Connect Core 5.7)."""
    async with provider(sub="1", name="Kim", email="kim@example.org", email_verified=True) as openid:
        address = await connect(api, openid.address, rules="email = *: steward")
        assert "Data steward" in await entered_as(api, address)
        openid.claims |= {"email": "kim.lee@example.org"}
        assert "Data steward" in await entered_as(api, address), "who changes their address stays who they are"
        openid.claims |= {"sub": "2", "name": "Another Kim", "email": "kim@example.org"}
        page = await entered_as(api, address)
        assert "The account of your address is another person" in page
        assert "Data steward" not in page
        async with api.db.transaction(api.tenant) as tx:
            await tx.run("UPDATE account SET ended_at = now() WHERE email = 'kim@example.org'")
        assert "Another Kim" in await entered_as(api, address)


async def test_a_subject_of_another_issuer_is_somebody_else(api: Api) -> None:
    async with provider(sub="7", name="Kim", email="kim@example.org", email_verified=True) as openid:
        address = await connect(api, openid.address, rules="email = *: steward")
        assert "Kim" in await entered_as(api, address)
        async with provider(sub="7", name="Lee", email="lee@example.org", email_verified=True) as later:
            inside = api.app.state.service
            settings = ProviderSettings("Later", later.address, CLIENT, SECRET, "", "email = *: steward", vouches=False)
            async with api.db.transaction(api.tenant) as tx:
                known = UUID(address.rpartition("/")[2])
                await providers.change(tx, inside.vault, api.app.state.providers, known, settings)
            page = await entered_as(api, address)
            assert ("Lee" in page, "Kim" in page) == (True, False)
            later.claims |= {"sub": "8", "name": "Kim", "email": "kim@example.org"}
            assert "Kim" in await entered_as(api, address), "known by the address"
