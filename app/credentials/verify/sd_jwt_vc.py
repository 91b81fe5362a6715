"""Verify an SD-JWT VC: a token with a type (`vct`) and no JSON-LD (draft-ietf-oauth-sd-jwt-vc)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app.credentials import jwt
from app.credentials.errors import CredentialError, KeyRefused, ProofRefused
from app.credentials.jsonld.values import quoted
from app.credentials.verify import issuer as issuers
from app.credentials.verify import known, period, recipient, signature
from app.credentials.verify.issuer import KeyFinding, Use
from app.credentials.verify.reading import Reading
from app.credentials.verify.report import Check, Facts, Report, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, web
from app.credentials.verify.vc import Session

FORMAT = "SD-JWT VC"


async def verify(reading: Reading, token: jwt.Token, session: Session) -> Report:
    """Look at one SD-JWT VC."""
    claims = token.claims
    parse = passed("parse", f"It was read as {reading.source}.")
    signer = claims.get("iss") if isinstance(claims.get("iss"), str) else None
    try:
        proof, owner = await _signed(token, signer, session)
        valid = period.check({}, token, session.now)
        facts = _facts(claims, signer)
    except CredentialError as error:
        return Report(Facts(FORMAT), (parse, failed("proof", f"{error}.")))
    named = {claims["sub"]} if isinstance(claims.get("sub"), str) else set()
    checks = (
        await known.check(known.Claim(signer), owner, session.known, session.documents),
        parse,
        _form(claims),
        proof,
        owner,
        _status(claims),
        valid,
        recipient.compared(named, [], session.person),
    )
    return Report(facts, checks, document=claims)


def _form(claims: dict[str, Any]) -> Check:
    if not isinstance(claims.get("vct"), str) or not claims["vct"]:
        return failed("schema", f"Its type (vct) is {quoted(claims.get('vct'))}, which is no text.")
    return passed("schema", f"It has the form of its standard: {FORMAT}.")


def _status(claims: dict[str, Any]) -> Check:
    if "status" not in claims:
        return passed("status", "The issuer keeps no list of revoked credentials for it.")
    kinds = claims["status"].keys() if isinstance(claims["status"], dict) else ()
    return unknown("status", f"Its status is kept in a way that is not known here ({quoted(', '.join(kinds))}).")


async def _signed(token: jwt.Token, signer: str | None, session: Session) -> tuple[Check, Check]:
    """Whether it is unchanged, and whether the key is its issuer's. ProofRefused for claims that are no times."""
    created = jwt.moment(token.claims, "iat") if "iat" in token.claims else None
    use = Use(session.now, created)
    if signer is None:
        owner = unknown("issuer key", "It does not say who issued it; a certificate may, which is not checked here.")
        return unknown("proof", "The key it was signed with is not known."), owner
    try:
        if web(signer) and "x5c" not in token.header:
            finding = await _published(session.documents, signer, token.header.get("kid"), use)
        else:
            finding = await signature.token_key(token, signer, session.documents, use)
        if finding.key is None:
            return unknown("proof", "The key it was signed with is not known."), finding.check
        jwt.check(token, finding.key)
        return signature.unchanged(token), finding.check
    except (ProofRefused, KeyRefused) as error:
        return failed("proof", f"Its signature does not hold: {error}."), signature.unsigned()


async def _published(documents: Documents, signer: str, kid: Any, use: Use) -> KeyFinding:
    """A key of an issuer with an address (section 3, JWT VC Issuer Metadata)."""
    parts = urlsplit(signer)
    address = f"https://{parts.netloc}/.well-known/jwt-vc-issuer{parts.path.rstrip('/')}"
    try:
        document = await documents.object(address)
        if document.get("issuer") != signer:
            raise Unreachable(f"the document at {address} is about '{str(document.get('issuer'))[:200]}'")
        if isinstance(document.get("jwks_uri"), str):
            document = {"jwks": await documents.object(document["jwks_uri"])}
    except Unreachable as error:
        return KeyFinding(None, unknown("issuer key", f"The issuer's keys are not known: {error}."))
    return issuers.of_set(document.get("jwks"), signer, kid, use)


def _facts(claims: dict[str, Any], signer: str | None) -> Facts:
    def moment(name: str) -> datetime | None:
        return jwt.moment(claims, name) if name in claims else None

    texts = {name: claims[name] for name in ("jti", "sub", "vct") if isinstance(claims.get(name), str)}
    begins = moment("nbf") or moment("iat")
    return Facts(
        format=FORMAT,
        id=texts.get("jti"),
        name=texts.get("vct"),
        achievement=None,
        issuer_id=signer,
        issuer_name=None,
        subject=texts.get("sub"),
        valid_from=begins,
        valid_until=moment("exp"),
    )
