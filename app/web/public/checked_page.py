"""The page of a check: what a link gives, verified in the sight of whoever reads it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.responses import Response

from app.issuing.issuer import Issuer
from app.sharing.holdings import Holding
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.known import lists
from app.wallet.verifying import verify_beside
from app.web import page
from app.web.public.verify_page import MOST_SHARED, finding


async def checked_page(inside: Service, issuer: Issuer, holdings: Sequence[Holding], address: str) -> Response:
    """Verify the first MOST_SHARED of what the link of that address gives, and say what came out."""
    fetch = credential_fetcher(inside.db, inside.vault, inside.settings)
    known = await lists(inside.db, inside.settings, issuer.tenant)
    reports = [await verify_beside(holding.body, fetch=fetch, known=known) for holding in holdings[:MOST_SHARED]]
    return page(
        "checked.html",
        owner=issuer.name,
        address=address,
        findings=[(holding, finding(report)) for holding, report in zip(holdings, reports, strict=False)],
        more=max(len(holdings) - MOST_SHARED, 0),
        checked_at=datetime.now(UTC),
    )
