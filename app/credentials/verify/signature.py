"""Who signed a credential, and whether it is unchanged: its embedded proofs, or the token it came in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.credentials import jwt, proof, selective
from app.credentials.errors import ContextUnknown, CredentialError, DataRefused, KeyRefused, ProofRefused, ToldTwice
from app.credentials.jsonld.statements import statements
from app.credentials.jsonld.work import Work
from app.credentials.keys import from_jwk
from app.credentials.moments import later, moment
from app.credentials.verify import issuer as issuers
from app.credentials.verify.issuer import KeyFinding, Use
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents
from app.credentials.verify.shape import identifier, listed

MOST = 8
"""Proofs of one credential that are looked at."""
DEFINED = "Every word in it is defined by a context that is known here."
HOLDS = "It is unchanged since it was signed."
BESIDE = "another of its proofs, which is not looked at here, may be the issuer's"
UNREAD = "Its signature cannot be checked, because its words are not all defined."


@dataclass(frozen=True, slots=True)
class Signed:
    """The three answers about a signature."""

    context: Check
    proof: Check
    issuer: Check

    @property
    def checks(self) -> tuple[Check, Check, Check]:
        """In the order of the report."""
        return self.context, self.proof, self.issuer


async def embedded(document: dict[str, Any], documents: Documents, now: datetime, purpose: str) -> Signed:
    """Check the proofs embedded in a document. At least one must be of a supported suite, and every such must hold."""
    try:
        proofs = proof.proofs(document)
        supported = [candidate for candidate in proofs if _supported(candidate)]
    except ProofRefused as error:
        return Signed(passed("context", DEFINED), failed("proof", f"{error}."), unsigned())
    if len(proofs) > MOST:
        return Signed(
            _context(document, documents),
            failed("proof", f"It has {len(proofs)} proofs; {MOST} is the most."),
            unsigned(),
        )
    if not supported:
        return Signed(_context(document, documents), _unsupported(proofs), unsigned())
    lenient = [_suite_words(further) for further in proofs if further not in supported]
    answers = []
    for candidate in supported:
        try:
            answers.append(await _check(document, candidate, documents, now, purpose))
        except (ContextUnknown, ToldTwice) as error:
            return Signed(unknown("context", f"{error}."), unknown("proof", UNREAD), unsigned())
        except DataRefused as error:
            return Signed(failed("context", f"{error}."), unknown("proof", UNREAD), unsigned())
    words_signed = any(proof.suite(candidate) in proof.OF_TEXT for candidate in supported)
    return _together(
        _text_context(document, documents) if words_signed else passed("context", DEFINED), answers, lenient
    )


def _context(document: dict[str, Any], documents: Documents) -> Check:
    work = Work(quota=documents.quota)
    try:
        statements({name: value for name, value in document.items() if name != "proof"}, work)
    except (ContextUnknown, ToldTwice) as error:
        return unknown("context", f"{error}.")
    except CredentialError as error:
        return failed("context", f"{error}.")
    return passed("context", DEFINED)


def _supported(value: dict[str, Any]) -> bool:
    try:
        proof.suite(value)
    except ProofRefused:
        return False
    return True


def _suite_words(value: dict[str, Any]) -> str:
    return f"a further proof of the kind '{value.get('cryptosuite') or value.get('type')}' was not looked at"


def _unsupported(proofs: list[dict[str, Any]]) -> Check:
    if not proofs:
        return failed("proof", "It is not signed.")
    kinds = ", ".join(sorted({str(value.get("cryptosuite") or value.get("type")) for value in proofs}))
    return unknown("proof", f"It is signed in a way that is not known here ({kinds}).")


def unsigned() -> Check:
    """Whose key it is, where no signature holds."""
    return unknown("issuer key", "Without a signature that holds, nobody stands for it.")


def _together(context: Check, answers: list[tuple[Check, Check]], lenient: list[str]) -> Signed:
    """Several proofs: all must hold, and the issuer's own counts: it may be one that was not looked at (`lenient`)."""
    order = ("failed", "unknown", "passed")
    worst = min((answer for answer, _ in answers), key=lambda pair: order.index(pair.outcome))
    best = max((owned for _, owned in answers), key=lambda check: order.index(check.outcome))
    if lenient and best.outcome == "failed" and worst.outcome == "passed":
        best = unknown("issuer key", best.message, [*best.lenient, BESIDE])
    overall = Check("proof", worst.outcome, worst.message, (*worst.lenient, *lenient))
    return Signed(context, overall, best)


async def _check(
    document: dict[str, Any], value: dict[str, Any], documents: Documents, now: datetime, purpose: str
) -> tuple[Check, Check]:
    """One proof: whether it holds, and whether its key is the issuer's. DataRefused where nothing can be checked."""
    lenient = (
        [f"the proof names its suite as in a draft ('{proof.DRAFT}')"] if proof.suite(value) == proof.DRAFT else []
    )
    if proof.suite(value) == selective.SUITE:
        lenient.append("its holder shows a part of it: what else it says is not told")
    method = identifier(value.get("verificationMethod"))
    created = moment(value.get("created"))
    problem = _options(value, method, created, now, purpose)
    if problem or method is None:
        return failed("proof", problem or "", lenient), unsigned()
    signer = _signer(document, method, purpose)
    try:
        holder = await issuers.find(documents, signer, method, Use(now, created, purpose))
        if holder.key is None:
            return unknown("proof", "The key it was signed with is not known.", lenient), holder.check
        proof.check(document, value, holder.key, documents.quota)
    except (ProofRefused, KeyRefused) as error:
        return failed("proof", f"Its signature does not hold: {error}.", lenient), unsigned()
    if created is not None and created > later(now):
        return unknown("proof", _not_yet(created), lenient), holder.check
    return passed("proof", HOLDS, lenient), holder.check


def _not_yet(created: datetime) -> str:
    """Of a proof from a day to come. Data Integrity and RFC 7519 (`iat`) refuse none; nor can it be what it says."""
    return f"It says that it was signed on {created:%Y-%m-%d}, which is not yet."


def _signer(document: dict[str, Any], method: str, purpose: str) -> str:
    """Who should have signed. A presentation that names no holder is its signer's own."""
    if purpose != "authentication":
        return identifier(document.get("issuer")) or ""
    return (identifier(document["holder"]) or "") if "holder" in document else method.partition("#")[0]


def _options(
    value: dict[str, Any], method: str | None, created: datetime | None, now: datetime, purpose: str
) -> str | None:
    """What is wrong with the options of a proof."""
    if method is None:
        return "The proof does not say which key signed it."
    if value.get("proofPurpose") != purpose:
        return f"It was signed for another purpose: {value.get('proofPurpose')!r}."
    if "created" in value and created is None:
        return f"The proof was created on {value['created']!r}, which is no date-time."
    expires = moment(value.get("expires"))
    if "expires" in value and (expires is None or expires < now):
        return "The proof has expired."
    return None


async def token(
    signed: jwt.Token, signer: str, documents: Documents, now: datetime, purpose: str = "assertionMethod"
) -> Signed:
    """Check the token that a credential or presentation came in. `signer`: who should have signed it."""
    context = _text_context(signed.document, documents)
    created = jwt.moment(signed.claims, "iat") if "iat" in signed.claims else None
    try:
        known = await token_key(signed, signer, documents, Use(now, created, purpose))
        if known.key is None:
            return Signed(context, unknown("proof", "The key it was signed with is not known."), known.check)
        jwt.check(signed, known.key)
        holds = unchanged(signed)
    except (ProofRefused, KeyRefused) as error:
        return Signed(context, failed("proof", f"Its signature does not hold: {error}."), unsigned())
    if created is not None and created > later(now):
        holds = unknown("proof", _not_yet(created), holds.lenient)
    return Signed(context, holds, known.check)


def unchanged(signed: jwt.Token) -> Check:
    """That a token holds, and what its holder's own token says. ProofRefused where that one does not hold."""
    of_holder = jwt.holder_token(signed)
    lenient = ["its holder shows a part of it: what else it says is not told"] if "~" in signed.presented else []
    if of_holder is None:
        if "cnf" in signed.claims and "~" in signed.presented:
            lenient.append("it is bound to a key of its holder, and whoever shows it does not show that they have it")
        return passed("proof", HOLDS, lenient)
    audience, moment = str(of_holder.get("aud"))[:200], jwt.moment(of_holder, "iat") if "iat" in of_holder else None
    day = f" on {moment:%Y-%m-%d}" if moment else ""
    return passed("proof", f"{HOLDS} Its holder, whose key the issuer names, showed it to '{audience}'{day}.", lenient)


async def token_key(signed: jwt.Token, signer: str, documents: Documents, use: Use) -> KeyFinding:
    """The key of a token, by its header. KeyRefused for a malformed one."""
    kid, jwk = signed.header.get("kid"), signed.header.get("jwk")
    if isinstance(kid, str) and kid:
        method = kid if ":" in kid else f"{signer}#{kid.removeprefix('#')}"
        known = await issuers.find(documents, signer, method, use)
        if known.key is not None or jwk is None:
            return known
    if jwk is not None:
        return await issuers.match(documents, signer, from_jwk(jwk), use)
    return await issuers.only(documents, signer, use)


def _text_context(document: dict[str, Any], documents: Documents) -> Check:
    """Where the text itself is signed, whatever the contexts say: that a word is not defined is only noted."""
    checked = _context(document, documents)
    if checked.outcome == "passed" or not listed(document.get("@context")):
        return checked
    note = (
        f"not every word is defined by a known context ({checked.message.rstrip('.')}); the signature covers the text"
    )
    return passed("context", "Its signature covers every word, as it is written.", [note])
