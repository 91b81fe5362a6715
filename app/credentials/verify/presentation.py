"""Verify a presentation: its holder signed it for this occasion, and each credential in it is looked at."""

from dataclasses import dataclass
from typing import Any

from app.credentials import proof
from app.credentials.errors import CredentialError
from app.credentials.verify import shape, signature, vc
from app.credentials.verify.reading import Reading
from app.credentials.verify.report import Check, Facts, Report, failed, passed, unknown
from app.credentials.verify.shape import identifier, listed


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a presentation must be signed for: the challenge we gave, the domain we are; None: whatever it says."""

    challenge: str | None = None
    domain: str | None = None


async def verify(reading: Reading, session: vc.Session, occasion: Occasion) -> Report:
    """Look at a presentation."""
    document = reading.document
    problems = list(shape.presentation_problems(document))
    form = failed("schema", f"Its form is not that of the standard: {problems[0]}.") if problems else _well_formed()
    checks = [passed("parse", f"It was read as {reading.source}."), form]
    try:
        checks += await _signed(document, session, occasion)
    except CredentialError as error:
        checks.append(failed("proof", f"{error}."))
    children = [await vc.inner(credential, session, 0) for credential in listed(document.get("verifiableCredential"))]
    if children:
        checks.append(vc.contained(children))
    facts = Facts(format="Verifiable Presentation", id=identifier(document), subject=identifier(document.get("holder")))
    return Report(facts, tuple(checks), tuple(children), document=document)


def _well_formed() -> Check:
    return passed("schema", "It has the form of its standard: Verifiable Presentation.")


async def _signed(document: dict[str, Any], session: vc.Session, occasion: Occasion) -> list[Check]:
    """Who signed it, for what occasion. One without a proof is only a way to hand credentials over."""
    proofs = proof.proofs(document)
    if not proofs:
        return [unknown("proof", "It is not signed: it says nothing about who hands it over.")]
    for name, expected in (("challenge", occasion.challenge), ("domain", occasion.domain)):
        if expected is not None and any(expected not in listed(entry.get(name)) for entry in proofs):
            return [failed("proof", f"It was signed for another occasion: its {name} is not '{expected}'.")]
    signed = await signature.embedded(document, session.documents, session.now, "authentication")
    return list(signed.checks)
