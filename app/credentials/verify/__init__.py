"""Verify a credential: one report for whatever comes in.

    bytes ─▶ read ─▶ form ─▶ signature ─▶ whose key ─▶ status ─▶ period ─▶ report
                                             └── documents, through the one door that is given

Nothing is believed because the credential says it. Nothing is fetched but through `fetch`; without it, what would have
to be looked up stays unconfirmed.

Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.credentials.errors import CredentialError, Unsupported
from app.credentials.verify import ob2, presentation, sd_jwt_vc, vc
from app.credentials.verify.known import IssuerList
from app.credentials.verify.presentation import Occasion
from app.credentials.verify.reading import Reading, read
from app.credentials.verify.recipient import Person
from app.credentials.verify.report import Facts, Report, failed, unknown
from app.credentials.verify.resolve import Documents, Fetch, Fetched, Unreachable, nothing

__all__ = ["Fetch", "Fetched", "IssuerList", "Occasion", "Person", "Report", "Unreachable", "verify"]

PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
"""How a page for people begins."""


async def verify(
    content: bytes | str,
    now: datetime,
    *,
    fetch: Fetch = nothing,
    person: Person | None = None,
    occasion: Occasion | None = None,
    known: Sequence[IssuerList] = (),
    alone: bool = False,
) -> Report:
    """Verify JSON, a token, a baked picture or an address. Never raises for what a stranger sent.

    `person`: whom it should belong to. `occasion`: what a presentation should have been signed for.
    `known`: lists of issuers, the one that decides first; what none of them names is told in the first line.
    `alone`: it is what others show, so nothing that only carries a credential is read for what it carries.
    """
    session = vc.Session(Documents(fetch), now, person, tuple(known))
    try:
        reading = read(content, alone=alone)
        if reading.generation == "link":
            reading = await _followed(reading, session)
        if reading.generation == "assertion":
            return await ob2.verify(reading, session)
        if reading.token is not None and reading.generation == "token":
            return await sd_jwt_vc.verify(reading, reading.token, session)
        if reading.generation == "presentation":
            return await presentation.verify(reading, session, occasion or Occasion())
        return await vc.verify(reading, session)
    except (Unsupported, Unreachable) as error:
        return Report(Facts(), (unknown("parse", f"{error}."),))
    except CredentialError as error:
        return Report(Facts(), (failed("parse", f"{error}."),))


async def _followed(reading: Reading, session: vc.Session) -> Reading:
    """What an address holds; the oldest badges in pictures are nothing else."""
    fetched = await session.documents.get(reading.document["id"])
    address = reading.document["id"]
    if fetched.status != 200:
        raise Unreachable(f"{address} answers with status {fetched.status}")
    if PAGE.match(fetched.body[:200]):
        raise Unreachable(f"{address} is a page for people to read: download the badge from it, and check that")
    inner = read(fetched.body)
    if inner.generation == "link":
        raise Unreachable(f"{address} leads only to another address")
    return replace(inner, source=f"{inner.source} at {address}", address=address)
