"""Verify an Open Badges 2.0, 2.1 or 1.x assertion: hosted by its issuer, or signed as a JWS.

Before 3.0 a badge is true because its issuer says so, at the issuer's own address or with the issuer's key. So the
issuer's documents are asked; without them such a badge stays unconfirmed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.credentials.errors import CredentialError
from app.credentials.verify import ob2_issuer, recipient
from app.credentials.verify.ob2_issuer import Issuer
from app.credentials.verify.reading import Reading, old_version, read
from app.credentials.verify.report import Check, Facts, Report, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, web
from app.credentials.verify.shape import identifier, listed, moment
from app.credentials.verify.vc import Session, text

TOLD = ("id", "uid", "recipient", "issuedOn", "issued_on", "expires", "evidence", "narrative")
"""What a copy of an assertion must say as the hosted one does."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion read apart: `hosted` is the address it lives at, `key` that of the key that signed it."""

    document: dict[str, Any]
    version: str
    lenient: tuple[str, ...]
    hosted: str | None
    key: str | None


async def verify(reading: Reading, session: Session) -> Report:
    """Look at one assertion."""
    parse = passed("parse", f"It was read as {reading.source}.")
    version = old_version(reading.document)
    if version is None:
        told = ", ".join(map(str, listed(reading.document.get("@context"))))
        return Report(
            _facts(reading.document, {}, Issuer(), "Open Badges"),
            (parse, failed("context", f"'{told}' is no context of Open Badges.")),
        )
    assertion = _assertion(reading, version)
    badge, issuer, doubt = await _issuer(assertion, session.documents)
    form = _form(assertion.document, badge, assertion.lenient)
    proof, owner = await _proof(assertion, reading, issuer, session.documents)
    checks = [
        parse,
        passed("context", f"It follows {version}."),
        form,
        proof,
        unknown("issuer key", doubt) if doubt and owner.outcome != "failed" else owner,
        await _status(assertion, issuer, session.documents),
        _period(assertion.document, session.now),
        _recipient(assertion.document, session),
    ]
    facts = _facts(assertion.document, badge, issuer, version)
    return Report(facts, tuple(checks), document=assertion.document)


def _assertion(reading: Reading, version: str) -> Assertion:
    """Where it lives or which key signed it, in any of the ways that three versions wrote it."""
    document, lenient = reading.document, []
    told = document.get("verification", document.get("verify"))
    how: dict[str, Any] = told if isinstance(told, dict) else {}
    if version >= "Open Badges 2" and "verify" in document and "verification" not in document:
        lenient.append("it says 'verify', as Open Badges 1 did, where the standard says 'verification'")
    kinds = listed(how.get("type"))
    address = how.get("url", document.get("id"))
    if reading.token is not None or "signed" in kinds or "SignedBadge" in kinds:
        key = how.get("creator", how.get("url", how.get("publicKey")))
        return Assertion(document, version, tuple(lenient), None, identifier(key) or "")
    return Assertion(document, version, tuple(lenient), address if isinstance(address, str) else None, None)


async def _issuer(assertion: Assertion, documents: Documents) -> tuple[dict[str, Any], Issuer, str | None]:
    """The badge class, its issuer, and why one of them is not known."""
    try:
        badge = await ob2_issuer.embedded_or_fetched(assertion.document.get("badge"), documents)
    except CredentialError as error:
        return {}, Issuer(), f"What was awarded is not known: {error}."
    try:
        return badge, await ob2_issuer.issuer(badge, documents), None
    except CredentialError as error:
        return badge, Issuer(), f"Its issuer is not known: {error}."


def _form(document: dict[str, Any], badge: dict[str, Any], lenient: tuple[str, ...]) -> Check:
    """What the standard demands of an assertion and its badge."""
    new = "@context" in document
    missing = [name for name in ("recipient", "badge") if name not in document]
    if new and "Assertion" not in listed(document.get("type")):
        return failed("schema", f"It is no Assertion but {document.get('type')!r}.", lenient)
    if "issuedOn" not in document and "issued_on" not in document:
        if new:
            missing.append("issuedOn")
        else:
            lenient = (*lenient, "it does not say when it was issued; Open Badges 1.0 did not demand it")
    elif _moment(document.get("issuedOn", document.get("issued_on"))) is None:
        return failed("schema", f"issuedOn: {document.get('issuedOn')!r} is no date-time.", lenient)
    if missing:
        return failed("schema", f"It does not say: {', '.join(missing)}.", lenient)
    if badge and "BadgeClass" not in listed(badge.get("type", "BadgeClass")):
        return failed("schema", f"What it awards is no BadgeClass but {badge.get('type')!r}.", lenient)
    if "alignments" in badge:
        lenient = (*lenient, "the badge says 'alignments' where the standard says 'alignment'")
    return passed("schema", "It has the form of an Assertion.", lenient)


async def _proof(assertion: Assertion, reading: Reading, issuer: Issuer, documents: Documents) -> tuple[Check, Check]:
    """Whether it is as its issuer published or signed it, and whether that was its issuer."""
    if reading.token is not None:
        return await ob2_issuer.signed(reading.token, assertion.key or "", issuer, documents)
    nobody = unknown("issuer key", "Nobody vouches for it.")
    if assertion.key is not None:
        return failed("proof", "It says that it is signed, and comes without a signature."), nobody
    if assertion.hosted is None or not web(assertion.hosted):
        return failed("proof", "It says neither where its issuer hosts it, nor is it signed."), nobody
    try:
        answer = await documents.get(assertion.hosted)
        if answer.status == 410:
            return passed("proof", "Its issuer took it back."), passed("issuer key", "Its address is its issuer's.")
        if answer.status != 200:
            return failed("proof", f"Its issuer no longer hosts it (status {answer.status})."), nobody
        published = read(answer.body).document
    except Unreachable as error:
        return unknown("proof", f"Its issuer could not be asked: {error}."), nobody
    except CredentialError as error:
        return failed("proof", f"At its address there is no badge: {error}."), nobody
    if differs := _differs(assertion.document, published):
        return failed("proof", f"It says other things than its issuer publishes: {', '.join(differs)}."), nobody
    return passed("proof", "It is as its issuer publishes it."), ob2_issuer.owns(issuer, assertion.hosted)


def _differs(copy: dict[str, Any], published: dict[str, Any]) -> list[str]:
    names = [name for name in TOLD if name in copy and copy[name] != published.get(name) and "revoked" not in published]
    if identifier(copy.get("badge")) != identifier(published.get("badge")):
        names.append("badge")
    return names


async def _status(assertion: Assertion, issuer: Issuer, documents: Documents) -> Check:
    """Whether it was revoked: by its address, by a mark in it, or by its issuer's list."""
    found = assertion.document
    if assertion.hosted is not None and web(assertion.hosted):
        try:
            answer = await documents.get(assertion.hosted)
            if answer.status == 410:
                return failed("status", "It was revoked by its issuer.")
            found = read(answer.body).document if answer.status == 200 else found
        except CredentialError as error:
            return unknown("status", f"Whether it was revoked could not be found out: {error}.")
    if found.get("revoked") is True or assertion.document.get("revoked") is True:
        reason = found.get("revocationReason")
        return failed("status", f"It was revoked by its issuer{f': {reason}' if reason else '.'}")
    if issuer.revocations is None:
        return passed("status", "It is not marked as revoked.")
    try:
        return _listed(await documents.object(issuer.revocations), assertion.document)
    except CredentialError as error:
        return unknown("status", f"Whether it was revoked could not be found out: {error}.")


def _listed(document: dict[str, Any], assertion: dict[str, Any]) -> Check:
    """Look an assertion up in a revocation list: of 2.0, or of 1.x, an object from uid to reason."""
    names = {name for name in (assertion.get("id"), assertion.get("uid")) if isinstance(name, str)}
    revoked = {identifier(one): one for one in listed(document.get("revokedAssertions"))}
    revoked |= {
        one.get("uid"): one for one in revoked.values() if isinstance(one, dict) and isinstance(one.get("uid"), str)
    }
    if "revokedAssertions" not in document:
        revoked = {uid: {"revocationReason": reason} for uid, reason in document.items()}
    hit = next((revoked[name] for name in names if name in revoked), None)
    if hit is None:
        return passed("status", "It is not on the issuer's list of revoked badges.")
    reason = hit.get("revocationReason") if isinstance(hit, dict) else None
    return failed("status", f"It was revoked by its issuer{f': {reason}' if reason else '.'}")


def _moment(value: Any) -> datetime | None:
    """A date-time, a date, or seconds since 1970: all were written."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**35:
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str):
        return None
    try:
        found = moment(value) or datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _period(document: dict[str, Any], now: datetime) -> Check:
    begins, ends = _moment(document.get("issuedOn", document.get("issued_on"))), _moment(document.get("expires"))
    if "expires" in document and ends is None:
        return failed("period", f"It expires on {document['expires']!r}, which is no date.")
    if ends is not None and ends < now:
        return failed("period", f"It expired on {ends:%Y-%m-%d}.")
    if begins is not None and begins > now:
        return failed("period", f"It was issued for {begins:%Y-%m-%d}, which is not yet.")
    return passed("period", f"It is valid until {ends:%Y-%m-%d}." if ends else "It does not expire.")


def _recipient(document: dict[str, Any], session: Session) -> Check:
    told = document.get("recipient")
    if isinstance(told, str):  # Open Badges 1.0
        told = {"identity": told, "hashed": "$" in told, "salt": document.get("salt", "")}
    if not isinstance(told, dict):
        return recipient.compared(set(), [], session.person)
    value = str(told.get("identity"))
    hashed = told.get("hashed") is True or str(told.get("hashed")).lower() == "true"
    return recipient.compared(set(), [(value, hashed, str(told.get("salt", "")))], session.person)


def _facts(document: dict[str, Any], badge: dict[str, Any], issuer: Issuer, version: str) -> Facts:
    name = text(badge.get("name"))
    return Facts(
        format=version,
        id=identifier(document),
        name=name,
        achievement=name,
        issuer_id=issuer.id,
        issuer_name=issuer.name,
        valid_from=_moment(document.get("issuedOn", document.get("issued_on"))),
        valid_until=_moment(document.get("expires")),
    )
