"""Claims by e-mail: each link goes out by itself."""

from datetime import UTC, datetime
from uuid import UUID

from app.db.access import tenants
from app.issuing.issuer import issuer_of
from app.jobs.mail import send_due
from app.jobs.posting import AT_ONCE, Became, next_try, post_all
from app.jobs.source_mail import send_source_news
from app.programs.notices import Reader
from app.sharing import claims
from app.sharing.claims import ClaimRow
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import Letter


async def send_all_due(service: Service, tenant: int) -> None:
    """Send all letters that are due: news of submissions, claims, and news of sources."""
    await send_due(service, tenant)
    await send_claims(service, tenant, datetime.now(UTC))
    await send_source_news(service, tenant, datetime.now(UTC))


async def send_claims(service: Service, tenant: int, now: datetime) -> int:
    """Send the claims that are due at a time; how many letters the mail server took."""
    if service.settings.mail_host is None:
        return 0
    async with service.db.transaction(tenant) as tx:
        rows = await claims.mail_due(tx, now, AT_ONCE)
    owner = await tenants.by_id(service.db, tenant)
    if not rows or owner is None:
        return 0
    home, name = issuer_of(owner, service.settings).home, owner.name

    def letter_of(row: ClaimRow) -> tuple[UUID, list[tuple[Reader, Letter]]]:
        address = f"{home}/c/{claims.secret_of(service.vault, tenant, row)}"
        return row.id, [(Reader(row.mail_to or "", None), letters.claim(name, address, row.expires_at, None))]

    async def mark(row: ClaimRow, became: Became) -> None:
        tries = row.mail_tries + (became.state == "waiting")
        state, again = next_try(became, tries, now)
        async with service.db.transaction(tenant) as tx:
            await claims.mark_mail(tx, row.id, state, tries, again)

    return await post_all(service.settings, tenant, rows, letters_of=letter_of, mark=mark, now=now)
