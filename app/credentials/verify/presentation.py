"""Verify a presentation: its holder signed it for this occasion, and each credential in it is looked at."""

from dataclasses import dataclass
from typing import Any

from app.credentials import jwt, proof
from app.credentials.errors import CredentialError
from app.credentials.verify import period, shape, signature, vc
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
        checks += await _signed(reading, session, occasion)
    except CredentialError as error:
        checks.append(failed("proof", f"{error}."))
    children = [await vc.inner(credential, session, 0) for credential in listed(document.get("verifiableCredential"))]
    if children:
        checks.append(vc.contained(children))
    facts = Facts(format="Verifiable Presentation", id=identifier(document), subject=identifier(document.get("holder")))
    return Report(facts, tuple(checks), tuple(children), document=document)


def _well_formed() -> Check:
    return passed("schema", "It has the form of its standard: Verifiable Presentation.")


async def _signed(reading: Reading, session: vc.Session, occasion: Occasion) -> list[Check]:
    """Who signed it, for what occasion. One without a proof is only a way to hand credentials over."""
    if reading.token is not None:
        return await _token_signed(reading.token, session, occasion)
    proofs = proof.proofs(reading.document)
    if not proofs:
        return [unknown("proof", "It is not signed: it says nothing about who hands it over.")]
    for entry in proofs:
        if other := _other_occasion(entry, ("challenge", "domain"), occasion):
            return [other]
    signed = await signature.embedded(reading.document, session.documents, session.now, "authentication")
    return list(signed.checks)


async def _token_signed(token: jwt.Token, session: vc.Session, occasion: Occasion) -> list[Check]:
    """The same of a token (VC-JOSE-COSE, section 3.1.2; the data model 1.1, section 6.3.1): nonce and audience."""
    if other := _other_occasion(token.claims, ("nonce", "aud"), occasion):
        return [other]
    signed = await signature.token(token, _signer(token), session.documents, session.now, "authentication")
    return [*signed.checks, period.check({}, token, session.now)]


def _signer(token: jwt.Token) -> str:
    """Who should have signed a token: its holder, or where it names none whoever issued it, or whose key it names."""
    kid = token.header.get("kid")
    named = token.document.get("holder", token.claims.get("iss"))
    if named is not None:
        return identifier(named) or ""
    return kid.partition("#")[0] if isinstance(kid, str) else ""


def _other_occasion(options: dict[str, Any], names: tuple[str, str], occasion: Occasion) -> Check | None:
    """That it was made for another challenge or domain; None where it was not, or any will do."""
    for name, expected in zip(names, (occasion.challenge, occasion.domain), strict=True):
        if expected is not None and expected not in listed(options.get(name)):
            return failed("proof", f"It was signed for another occasion: its {name} is not '{expected}'.")
    return None
