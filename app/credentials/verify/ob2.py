"""Verify an Open Badges 2.0, 2.1 or 1.x assertion: hosted by its issuer, or signed as a JWS.

Before 3.0 a badge is true because its issuer says so, at the issuer's own address or with the issuer's key. So the
issuer's documents are asked; without them such a badge stays unconfirmed. What is handed in of a hosted badge names the
address it lives at: what stands there is looked at, shown and compared.
"""

from dataclasses import dataclass, replace
from typing import Any

from app.credentials.errors import CredentialError
from app.credentials.jsonld.values import quoted
from app.credentials.moments import loose_moment
from app.credentials.verify import known, ob2_copy, ob2_issuer, ob2_revoked, recipient
from app.credentials.verify.ob2_issuer import Issuer
from app.credentials.verify.reading import Reading, of_standard, old_version, published
from app.credentials.verify.report import Check, Facts, Report, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, same_address, web
from app.credentials.verify.shape import identifier, listed
from app.credentials.verify.vc import Session, text

Json = dict[str, Any]
NOBODY = unknown("issuer key", "Nobody vouches for it.")


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion read apart. `document`: the words that count; `copy`: those handed in, where they are others.

    `hosted`: the address it lives at; `key`: that of the key that signed it; `proof`: what is known of its words so
    far; `gone`: its address says that it was taken back.
    """

    document: Json
    hosted: str | None = None
    key: str | None = None
    copy: Json | None = None
    proof: Check | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Award:
    """What was awarded by whom; `doubt`: why one of them is not known."""

    badge: Json
    issuer: Issuer
    doubt: str | None = None


async def verify(reading: Reading, session: Session) -> Report:
    """Look at one assertion."""
    parse = passed("parse", f"It was read as {reading.source}.")
    assertion = await _published(_assertion(reading), session.documents)
    document = assertion.document
    version = old_version(document) if assertion.copy is None or old_version(assertion.copy) else None
    if version is None:
        contexts = ", ".join(quoted(context) for context in listed((assertion.copy or document).get("@context")))
        facts = _facts(document, Award({}, Issuer()), "Open Badges")
        if of_standard(assertion.copy or document):
            return Report(facts, (parse, failed("context", f"{contexts} is no context of Open Badges.")))
        return Report(facts, (parse, unknown("context", f"{contexts} is a context that is not known here.")))
    award = await _award(document, session.documents, signed=reading.token is not None)
    proof, owner = await _proof(assertion, reading, award, session.documents)
    claimed = known.Claim(award.issuer.id, award.issuer.name, _site(award.issuer))
    checks = [
        await known.check(claimed, owner, session.known, session.documents),
        parse,
        passed("context", f"It follows {version}."),
        _form(document, award.badge, version),
        proof,
        unknown("issuer key", award.doubt) if award.doubt and owner.outcome != "failed" else owner,
        await _status(assertion, award.issuer, session.documents),
        _period(document, session),
        _recipient(document, session),
    ]
    return Report(_facts(document, award, version), tuple(checks), document=_whole(document, award))


def _assertion(reading: Reading) -> Assertion:
    """Where it lives or which key signed it, in any of the ways that three versions wrote it."""
    document = reading.document
    how = _how(document)
    kinds = listed(how.get("type"))
    if reading.token is not None or "signed" in kinds or "SignedBadge" in kinds:
        key = how.get("creator", how.get("url", how.get("publicKey")))
        return Assertion(document, key=identifier(key) or "")
    return Assertion(document, hosted=_address(document) or reading.address)


def _how(document: Json) -> Json:
    verification = document.get("verification", document.get("verify"))
    return verification if isinstance(verification, dict) else {}


def _otherwise(document: Json) -> str | None:
    """What an assertion that is neither hosted nor a JWS calls its signature, as Blockcerts do; None without one."""
    signature = document.get("signature", document.get("proof"))
    if not isinstance(signature, dict | list):
        return None
    kinds = listed(_how(document).get("type")) or [kind for part in listed(signature) for kind in _types(part)]
    return quoted(kinds[0]) if kinds else "of a kind it does not name"


def _types(value: Any) -> list[Any]:
    return listed(value.get("type")) if isinstance(value, dict) else []


def _address(document: Json) -> str | None:
    """Where a hosted assertion says that it lives."""
    address = _how(document).get("url", document.get("id"))
    return address if isinstance(address, str) else None


async def _published(assertion: Assertion, documents: Documents) -> Assertion:
    """A hosted assertion as its issuer publishes it. Signed ones, and what nobody publishes, stay as handed in."""
    address = assertion.hosted
    if assertion.key is not None:
        return assertion
    if (otherwise := _otherwise(assertion.document)) is not None and not (address and web(address)):
        words = f"It is signed in a way that is not known here ({otherwise})."
        return replace(assertion, proof=unknown("proof", words))
    if address is None or not web(address):
        words = "It says neither where its issuer hosts it, nor is it signed."
        return replace(assertion, proof=failed("proof", words))
    try:
        answer = await documents.own(address)
        if answer.status == 410:
            return replace(assertion, proof=passed("proof", "Its issuer took it back."), gone=True)
        if answer.status == 404:
            words = "Its issuer no longer hosts it (status 404)."
            return replace(assertion, proof=failed("proof", words))
        if answer.status != 200:
            words = f"Its issuer could not be asked: it answers with status {answer.status}."
            return replace(assertion, proof=unknown("proof", words))
        standing = published(answer.body)
    except Unreachable as error:
        return replace(assertion, proof=unknown("proof", f"Its issuer could not be asked: {error}."))
    except CredentialError as error:
        return replace(assertion, proof=failed("proof", f"At its address there is no badge: {error}."))
    return _hosted(assertion, address, standing)


def _hosted(assertion: Assertion, address: str, standing: Reading) -> Assertion:
    """The assertion with the words that stand at its address; a badge that was taken back may say nothing else."""
    document, own = standing.document, _address(standing.document)
    hosted = replace(assertion, document=document, copy=assertion.document)
    if _taken_back(document):
        return replace(hosted, proof=passed("proof", "Its issuer took it back."))
    if standing.generation != "assertion":
        return replace(hosted, proof=failed("proof", "At its address there is no badge: it is no assertion."))
    if own is not None and not same_address(own, address):
        return replace(hosted, proof=failed("proof", f"What stands at {address} calls itself '{own[:200]}'."))
    if {"signed", "SignedBadge"} & set(map(str, listed(_how(document).get("type")))):
        return replace(hosted, proof=failed("proof", "It says that it is signed, and comes without a signature."))
    return hosted


async def _award(document: Json, documents: Documents, *, signed: bool) -> Award:
    """The badge class and its issuer, each from its own address where it has one."""
    try:
        badge = await ob2_issuer.badge_class(document.get("badge"), documents, signed=signed)
    except CredentialError as error:
        return Award({}, Issuer(), f"What was awarded is not known: {error}.")
    try:
        return Award(badge, await ob2_issuer.issuer(badge, documents))
    except CredentialError as error:
        return Award(badge, Issuer(), f"Its issuer is not known: {error}.")


def _form(document: Json, badge: Json, version: str) -> Check:
    """What the standard demands of an assertion and its badge."""
    lenient = []
    if version >= "Open Badges 2" and "verify" in document and "verification" not in document:
        lenient.append("it says 'verify', as Open Badges 1 did, where the standard says 'verification'")
    new = "@context" in document
    missing = [name for name in ("recipient", "badge") if name not in document]
    if _taken_back(document):
        return passed("schema", "Its issuer took it back, and says nothing else of it.", lenient)
    if new and "Assertion" not in listed(document.get("type")):
        return failed("schema", f"It is no Assertion but {quoted(document.get('type'))}.", lenient)
    if "issuedOn" not in document and "issued_on" not in document:
        if new:
            missing.append("issuedOn")
        else:
            lenient.append("it does not say when it was issued; Open Badges 1.0 did not demand it")
    elif loose_moment(_issued(document)) is None:
        return failed("schema", f"issuedOn: {quoted(_issued(document))} is no date-time.", lenient)
    if missing:
        return failed("schema", f"It does not say: {', '.join(missing)}.", lenient)
    if badge and "BadgeClass" not in listed(badge.get("type", "BadgeClass")):
        return failed("schema", f"What it awards is no BadgeClass but {quoted(badge.get('type'))}.", lenient)
    written = document.get("badge")
    if "alignments" in badge or (isinstance(written, dict) and "alignments" in written):
        lenient.append("the badge says 'alignments' where the standard says 'alignment'")
    return passed("schema", "It has the form of an Assertion.", lenient)


async def _proof(assertion: Assertion, reading: Reading, award: Award, documents: Documents) -> tuple[Check, Check]:
    """Whether it is as its issuer published or signed it, and whether that was its issuer."""
    if reading.token is not None:
        written = (assertion.document, award.badge, award.issuer.profile)
        first = all((old_version(part) or "") < "Open Badges 2" for part in written)
        return await ob2_issuer.signed(reading.token, assertion.key or "", award.issuer, documents, first=first)
    if assertion.key is not None:
        return failed("proof", "It says that it is signed, and comes without a signature."), NOBODY
    if assertion.proof is not None:
        taken_back = assertion.proof.outcome == "passed"
        return assertion.proof, passed("issuer key", "Its address is its issuer's.") if taken_back else NOBODY
    proof = _compared(assertion.copy or {}, assertion.document, award)
    owner = ob2_issuer.owns(award.issuer, assertion.hosted or "")
    return proof, owner if proof.outcome == "passed" else NOBODY


def _compared(copy: Json, published: Json, award: Award) -> Check:
    """Whether a copy says what its issuer publishes, of the award, of what was awarded, and of who awarded it."""
    differing = ob2_copy.differing(copy, published)
    for name, own, theirs in ob2_copy.embedded(copy, award.badge, award.issuer.profile):
        differing += [f"{name}.{field}" for field in ob2_copy.differing(own, {"id": identifier(own)} | theirs)]
    if differing:
        return failed("proof", f"It says other things than its issuer publishes: {', '.join(differing)}.")
    left_out = ob2_copy.dropped(copy, published)
    lenient = [f"what was handed in leaves out what its issuer publishes: {', '.join(left_out)}"] if left_out else []
    return passed("proof", "It is as its issuer publishes it.", lenient)


async def _status(assertion: Assertion, issuer: Issuer, documents: Documents) -> Check:
    """Whether it was revoked: by its address, by a mark in it, or by its issuer's list."""
    document = assertion.document
    if assertion.gone:
        return failed("status", "It was revoked by its issuer.")
    if _taken_back(document):
        return failed("status", ob2_revoked.revoked(document))
    if assertion.proof is not None and assertion.proof.outcome == "unknown":
        return unknown("status", "Whether it was revoked could not be found out: its issuer could not be asked.")
    if not issuer.revocations:
        return passed("status", "It is not marked as revoked.")
    first = (old_version(document) or "") < "Open Badges 2"
    return await ob2_revoked.check(issuer.revocations, document, documents, first=first)


def _taken_back(document: Json) -> bool:
    """Whether an assertion calls itself revoked: in whatever words, but for those that deny it."""
    value = document.get("revoked")
    return str(value).strip().lower() not in ("none", "false", "0", "no", "")


def _issued(document: Json) -> Any:
    return document.get("issuedOn", document.get("issued_on"))


def _period(document: Json, session: Session) -> Check:
    begins, ends = loose_moment(_issued(document)), loose_moment(document.get("expires"))
    if document.get("expires") not in (None, "") and ends is None:
        return failed("period", f"It expires on {quoted(document['expires'])}, which is no date.")
    if ends is not None and ends < session.now:
        return failed("period", f"It expired on {ends:%Y-%m-%d}.")
    if begins is not None and begins > session.now:
        return failed("period", f"It was issued for {begins:%Y-%m-%d}, which is not yet.")
    return passed("period", f"It is valid until {ends:%Y-%m-%d}." if ends else "It does not expire.")


def _recipient(document: Json, session: Session) -> Check:
    value = document.get("recipient")
    if isinstance(value, str):  # Open Badges 1.0
        value = {"identity": value, "hashed": "$" in value, "salt": document.get("salt", "")}
    if not isinstance(value, dict):
        value = {}
    hashed = value.get("hashed") is True or str(value.get("hashed")).lower() == "true"
    named = recipient.identity(value.get("identity"), is_hashed=hashed, salt=value.get("salt"))
    if named is None and not _taken_back(document):
        return failed("recipient", recipient.NOBODY)
    return recipient.compared(set(), [named] if named else [], session.person)


def _whole(document: Json, award: Award) -> Json:
    """The assertion with its badge and its issuer written out, as they are published."""
    if not award.badge:
        return document
    profile = award.issuer.profile
    return document | {"badge": award.badge | ({"issuer": profile} if profile else {})}


def _site(issuer: Issuer) -> str | None:
    site = issuer.profile.get("url")
    return site if isinstance(site, str) and web(site) else None


def _facts(document: Json, award: Award, version: str) -> Facts:
    name = text(award.badge.get("name"))
    return Facts(
        format=version,
        id=identifier(document),
        name=name,
        achievement=name,
        issuer_id=award.issuer.id,
        issuer_name=award.issuer.name,
        valid_from=loose_moment(_issued(document)),
        valid_until=loose_moment(document.get("expires")),
    )
