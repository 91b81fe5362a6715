"""Badges: one that another platform issued, in a picture, as JSON or at an address, becomes a submission.

It is verified first, and what was found is shown to whoever reviews it. One that was altered, revoked, or issued by
somebody whom the program may not hand in badges of is refused at once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

from app.credentials.verify import Report
from app.errors import Invalid
from app.programs import rubric
from app.programs.definitions import AchievementRow
from app.programs.programs import ProgramRow
from app.programs.submission import Artifact, Submission
from app.sharing.readable import ReadableCredential, readable
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.known import lists
from app.wallet.verifying import verify_beside
from schemas.addresses import is_web_address

MOST_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge as it was read: what it says, as a submission, and what its verification found."""

    submission: Submission
    body: bytes
    report: Report


async def examined(service: Service, tenant: int, content: bytes | str) -> Report:
    """What a badge is, verified by what its issuer publishes, through the guarded client alone.

    Invalid where there is no badge in it.
    """
    if len(content) > MOST_BYTES:
        raise Invalid(f"The badge is larger than {MOST_BYTES // 1024 // 1024} MB.")
    known = await lists(service.db, service.settings, tenant)
    report = await verify_beside(
        content, fetch=credential_fetcher(service.db, service.vault, service.settings), known=known
    )
    if report.document is None:
        raise Invalid(f"There is no badge in this: {report.checks[0].message if report.checks else 'it is empty'}")
    return report


def submitted(report: Report, typed: Submission, program: ProgramRow, own: dict[str, UUID]) -> Badge:
    """A verified badge as what its learner did, with what was `typed` beside it: what that says is not taken from it.

    Invalid where the badge is not valid, or not the program's to hand in.
    """
    assert report.document is not None
    if report.verdict == "invalid":
        raise Invalid(f"This badge is not valid, and cannot be handed in. {report.summary}")
    issuer = report.facts.issuer_id or ""
    if issuer not in program.issuers:
        words = f"The district does not let {program.name} hand in badges of {issuer or 'nobody'}: ask the district."
        raise Invalid(words, type="issuer-not-allowed", title="Issuer is not allowed")
    credential = readable(report.document)
    links = (Artifact("link", address) for piece in credential.evidence if (address := _address(piece.address)))
    submission = structs.replace(
        typed,
        title=typed.title or _title(credential),
        done=typed.done or _work(credential),
        on=typed.on or _day(report.document),
        achievement=typed.achievement or own.get(credential.name.casefold()),
        evidence=(*links, *typed.evidence),
    )
    return Badge(submission, msgspec.json.encode(report.document), report)


def by_name(rows: list[AchievementRow]) -> dict[str, UUID]:
    """A program's achievements by what they are called."""
    return {rubric.read(row.body).name.casefold(): row.id for row in rows}


def _title(credential: ReadableCredential) -> str:
    named = [piece.name for piece in credential.evidence if piece.name and not is_web_address(piece.name)]
    return named[0] if named else credential.name


def _work(credential: ReadableCredential) -> str | None:
    words = [piece.words for piece in credential.evidence if piece.words]
    return words[0] if words else credential.narrative


def _day(document: dict[str, Any]) -> date | None:
    """The day of the award, as a badge of whichever version writes it; None where it writes none."""
    for name in ("awardedDate", "validFrom", "issuanceDate", "issuedOn"):
        text = document.get(name)
        if isinstance(text, str):
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                continue  # a form of date that the report has complained of
    return None


def _address(address: str | None) -> str | None:
    return address if address is not None and is_web_address(address) else None
