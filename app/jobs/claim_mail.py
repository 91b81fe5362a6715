"""Claims by e-mail: each link goes out by itself, and again later where a server had no time."""

from datetime import UTC, datetime, timedelta

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.db.access import tenants
from app.issuing.issuer import issuer_of
from app.jobs.mail import AT_ONCE, TRIES, message, send_due, server_of
from app.jobs.source_mail import send_source_news
from app.programs.notices import Reader
from app.sharing import claims
from app.sharing.claims import ClaimRow
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import Letter

log = structlog.get_logger(__name__)


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
    home, count = issuer_of(owner, service.settings).home, 0
    try:
        async with server_of(service.settings) as server:
            for row in rows:
                address = f"{home}/c/{claims.secret_of(service.vault, tenant, row)}"
                letter = letters.claim(owner.name, address, row.expires_at, None)
                count += await _send(service, tenant, server, row, letter=letter, now=now)
    except (SMTPException, OSError) as why:
        log.warning("the mail server could not be reached", tenant=tenant, why=type(why).__name__)
        for row in rows:
            await _mark(service, tenant, row, "waiting", now)
    log.info("claims were sent", tenant=tenant, letters=count)
    return count


async def _send(service: Service, tenant: int, server: SMTP, row: ClaimRow, letter: Letter, now: datetime) -> bool:
    """Send one, and write down what became of it; whether it was taken."""
    state = "sent"
    try:
        await server.send_message(message(service.settings, row.id, Reader(row.mail_to or "", None), letter, now))
    except SMTPRecipientsRefused as why:
        state = "given up" if all(refused.code >= 500 for refused in why.recipients) else "waiting"
    except SMTPResponseException as why:
        state = "given up" if why.code >= 500 else "waiting"
    await _mark(service, tenant, row, state, now)
    return state == "sent"


async def _mark(service: Service, tenant: int, row: ClaimRow, state: str, now: datetime) -> None:
    tries = row.mail_tries + (state == "waiting")
    again = now + timedelta(minutes=5 * 4**tries) if state == "waiting" else now
    async with service.db.transaction(tenant) as tx:
        await claims.mark_mail(tx, row.id, "given up" if tries >= TRIES else state, tries, again)
