"""Verify a Verifiable Credential: an Open Badge 3.0, a CLR 2.0, an endorsement, with all that is inside it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from app.credentials import jwt
from app.credentials.contexts import shipped
from app.credentials.errors import ContextUnknown, CredentialError, Unsupported
from app.credentials.jsonld.values import quoted
from app.credentials.verify import known, period, recipient, resources, schema, shape, signature, status
from app.credentials.verify.known import IssuerList
from app.credentials.verify.reading import Reading, enveloped, read
from app.credentials.verify.recipient import Person
from app.credentials.verify.report import Check, Facts, Report, failed, passed, unknown
from app.credentials.verify.resolve import Documents
from app.credentials.verify.shape import identifier, listed, version
from app.credentials.verify.signature import Signed

MOST = 400
"""Credentials inside one, endorsements included."""
DEPTH = 4
ENDORSEMENTS = ("endorsement", "endorsementJwt")
LISTED = 5
"""Remarks of one kind."""
PLAIN = "Verifiable Credential"
BADGES = ("OpenBadgeCredential", "AchievementCredential")
OF_SOMEBODY = (*BADGES, schema.CLR_KIND)
"""What must say whose it is."""
NAMES = {
    "ClrCredential": "Comprehensive Learner Record 2.0",
    "OpenBadgeCredential": "Open Badge 3.0",
    "AchievementCredential": "Open Badge 3.0",
    "EndorsementCredential": "Endorsement (Open Badges 3.0)",
}


@dataclass(slots=True)
class Session:
    """One verification: where documents come from, when it is, whom to compare with, how much may still be read.

    `known`: lists of issuers that somebody keeps; `lists`: the status lists that were looked at.
    """

    documents: Documents
    now: datetime
    person: Person | None = None
    known: tuple[IssuerList, ...] = ()
    left: int = field(default=MOST)
    lists: dict[tuple[bytes, str], status.CheckedList] = field(default_factory=dict)


async def verify(reading: Reading, session: Session, depth: int = 0) -> Report:
    """Look at one credential, and at all inside it."""
    document, token = reading.document, reading.token
    if (unfamiliar := _unfamiliar(document)) is not None:
        return Report(facts(document), (unknown("schema", unfamiliar),), document=document)
    endorsed, contents = _endorsements(document), _children(document)
    inside = len(endorsed) + len(contents)
    if inside > session.left:
        return _unread(f"It holds more credentials than the {MOST} that are looked at: {inside} at once.")
    form = _form(document)
    try:
        signed = await _signed(document, token, session)
        valid = period.check(document, token, session.now)
    except CredentialError as error:  # what a stranger's document may make us refuse
        return Report(
            facts(document), (passed("parse", _read_as(reading)), form, failed("proof", f"{error}.")), document=document
        )
    current = status.beside(await _current(document, session), token.claims if token is not None else {})
    whom = await known.check(known.claim(document.get("issuer")), signed.issuer, session.known, session.documents)
    endorsements = [await inner(endorsement, session, depth) for endorsement, _ in endorsed]
    children = [await _child(child, document, (signed, whom), session, depth) for child in contents]
    whose = recipient.check(
        document, session.person if depth == 0 else None, named=schema.kind(document) in OF_SOMEBODY
    )
    checks = [
        whom,
        passed("parse", _read_as(reading)),
        signed.context,
        form,
        signed.proof,
        signed.issuer,
        current,
        valid,
        whose,
    ]
    if (unchanged := await resources.check(document, session.documents)) is not None:
        checks.append(unchanged)
    if endorsements:
        checks.append(_endorsed(endorsements, [ids for _, ids in endorsed]))
    if children:
        checks.append(contained(children, identifier(next(iter(_subjects(document)), None))))
    return Report(facts(document), tuple(checks), tuple(children), tuple(endorsements), document)


def _unfamiliar(document: dict[str, Any]) -> str | None:
    """Of what calls itself no credential and begins with a context that is not known here: that, in words."""
    first = next(iter(listed(document.get("@context"))), None)
    if "VerifiableCredential" in listed(document.get("type")) or not shape.url(first):
        return None
    try:
        shipped(str(first))
    except ContextUnknown:
        return f"It is of a kind that is not known here: its words are those of '{str(first)[:200]}'."
    return None


async def _signed(document: dict[str, Any], token: jwt.Token | None, session: Session) -> Signed:
    if token is not None:
        return await signature.token(token, identifier(document.get("issuer")) or "", session.documents, session.now)
    return await signature.embedded(document, session.documents, session.now, "assertionMethod")


def _read_as(reading: Reading) -> str:
    return f"It was read as {reading.source}."


def _form(document: dict[str, Any]) -> Check:
    """The data model's own rules, then the official schema."""
    read_out = _read_out(document)
    official = schema.findings(read_out)
    problems = [*islice(shape.problems(document), MOST), *official.wrong]
    if schema.kind(document) in BADGES:
        problems += islice(shape.badge_problems(document), MOST)
    lenient = ["it is written in the older data model 1.1"] if version(document) == 1 else []
    lenient += official.remarks
    if (several := len(_subjects(document))) > 1:
        lenient.append(f"it is about {several} subjects; what is shown is said of the first")
    if read_out is not document:
        lenient.append("credentials inside it are tokens, where the schema has objects")
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return failed("schema", f"Its form is not that of the standard: {problems[0]}{more}.", lenient)
    kind = schema.kind(document)
    if kind and official.remarks:
        return passed("schema", f"It has the form of a Verifiable Credential, and says: {NAMES[kind]}.", lenient)
    words = (
        f"It has the form of its standard: {NAMES[kind]}." if kind else "It has the form of a Verifiable Credential."
    )
    return passed("schema", words, lenient)


def _read_out(document: dict[str, Any]) -> dict[str, Any]:
    """A learner record whose credentials, where they are tokens, are read out for the schema."""
    subject = document.get("credentialSubject")
    inner = subject.get("verifiableCredential") if isinstance(subject, dict) else None
    if not any(isinstance(credential, str) for credential in listed(inner)):
        return document
    credentials = []
    for credential in listed(inner):
        with suppress(CredentialError):  # a token that cannot be read is told of among the children
            credentials.append(jwt.read(credential).document if isinstance(credential, str) else credential)
    return document | {"credentialSubject": {**(subject or {}), "verifiableCredential": credentials}}


def facts(document: dict[str, Any]) -> Facts:
    """What a credential says of itself."""
    issuer = document.get("issuer")
    subject = next((entry for entry in listed(document.get("credentialSubject")) if isinstance(entry, dict)), {})
    achievement = next((entry for entry in listed(subject.get("achievement")) if isinstance(entry, dict)), None)
    begins, ends = period.period(document)
    kind = schema.kind(document)
    old = " (data model 1.1)" if version(document) == 1 else ""
    return Facts(
        format=f"{NAMES[kind] if kind else PLAIN}{old}",
        id=identifier(document),
        name=text(document.get("name")),
        achievement=text(achievement.get("name")) if achievement is not None else None,
        issuer_id=identifier(issuer),
        issuer_name=text(issuer.get("name")) if isinstance(issuer, dict) else None,
        subject=identifier(subject),
        valid_from=begins,
        valid_until=ends,
    )


def text(value: Any) -> str | None:
    """A text as it is, or one of several languages: that without a language, in English, or the first."""
    if isinstance(value, str):
        return value
    for item in listed(value):
        texts = (
            [item.get(name) for name in ("@value", "@none", "en")] + [*item.values()]
            if isinstance(item, dict)
            else [item]
        )
        for words in (first for part in texts for first in listed(part)[:1]):
            if isinstance(words, str):
                return words
    return None


async def _believed(body: bytes, issuer: str, session: Session) -> status.CheckedList:
    """A status list credential. Another may keep it, if it is signed as that other's (Bitstring Status List 1.0).

    It is a credential itself, so a list may say that it was revoked: another, or itself.
    """
    if (before := session.lists.get((body, issuer))) is not None:
        return before
    reading = read(body)
    document = reading.document
    keeper = identifier(document.get("issuer"))
    foreign = keeper != issuer
    delegate = keeper if foreign else None
    try:
        signed = await _signed(document, reading.token, session)
        doubt = _doubt((*signed.checks, period.check(document, reading.token, session.now)))
        session.lists[body, issuer] = status.CheckedList(document, doubt, delegate)  # what lists in a ring see of it
        doubt = doubt or _doubt([await _current(document, session)])
    except CredentialError as error:
        doubt = str(error)
    if doubt is not None and foreign:
        doubt = f"another issuer keeps it, and for that one: {doubt}"
    believed = status.CheckedList(document, doubt, delegate)
    session.lists[body, issuer] = believed
    return believed


async def _current(document: dict[str, Any], session: Session) -> Check:
    """Whether a credential was revoked."""
    return await status.check(document, session.documents, lambda body, issuer: _believed(body, issuer, session))


def _doubt(checks: Iterable[Check]) -> str | None:
    return next((check.message.rstrip(".") for check in checks if check.outcome != "passed"), None)


def _endorsements(document: dict[str, Any]) -> list[tuple[Any, frozenset[str]]]:
    """The endorsements of a credential, its achievements and its issuer; each with the ids it may be about.

    What stands at the credential itself may be about anything in it (CLR 2.0, ClrCredential.endorsement).
    """
    achievements = [
        achievement for subject in _subjects(document) for achievement in listed(subject.get("achievement"))
    ]
    creators = [achievement.get("creator") for achievement in achievements if isinstance(achievement, dict)]
    parts = [document.get("issuer"), *achievements, *creators]
    endorsements: list[tuple[Any, frozenset[str]]] = []
    for holder in (document, *parts):
        standing = (
            [item for name in ENDORSEMENTS for item in listed(holder.get(name))] if isinstance(holder, dict) else []
        )
        if standing:
            about = [document, *parts, *_children(document)] if holder is document else [holder]
            ids = frozenset(about_id for item in about if (about_id := identifier(item)) is not None)
            endorsements += [(item, ids) for item in standing]
    return endorsements


def _subjects(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [subject for subject in listed(document.get("credentialSubject")) if isinstance(subject, dict)]


def _children(document: dict[str, Any]) -> list[Any]:
    return [child for subject in _subjects(document) for child in listed(subject.get("verifiableCredential"))]


async def inner(value: Any, session: Session, depth: int) -> Report:
    """A credential inside another: an object, a token, or an enveloped token."""
    session.left -= 1
    if session.left < 0 or depth >= DEPTH:
        return _unread(f"It holds more credentials, or deeper ones, than are looked at ({MOST}).")
    value = enveloped(value) or value
    if not isinstance(value, dict | str):
        return _unread(f"It is neither an object nor a token, but {quoted(value)}.")
    try:
        reading = (
            Reading("credential", value, "JSON inside another credential")
            if isinstance(value, dict)
            else read(value, alone=True)
        )
    except Unsupported as error:
        return Report(Facts(), (unknown("parse", f"It cannot be read: {error}."),))
    except CredentialError as error:
        return _unread(f"It cannot be read: {error}.")
    return await verify(reading, session, depth + 1)


def _unread(words: str) -> Report:
    return Report(Facts(), (failed("parse", words),))


async def _child(
    value: Any, parent: dict[str, Any], believed: tuple[Signed, Check], session: Session, depth: int
) -> Report:
    """A credential of a learner record. Unsigned, it counts if its issuer signed the whole record.

    `believed`: the signature of the record, and whether its issuer is known.
    """
    signed, whom = believed
    report = await inner(value, session, depth)
    same = identifier(parent.get("issuer")) == report.facts.issuer_id is not None
    if not isinstance(value, dict) or "proof" in value or not same or report.check("parse") is None:
        return report
    if enveloped(value) is not None or signed.proof.outcome != "passed":
        return report
    note = "it has no signature of its own; its issuer signed the whole record"
    covered = passed("proof", "It is unchanged since the whole record was signed.", [note])
    of_record = {"proof": covered, "issuer key": signed.issuer, "known": whom}
    checks = [of_record.get(check.name, check) for check in report.checks]
    return Report(report.facts, tuple(checks), report.children, report.endorsements, report.document)


def _endorsed(reports: list[Report], about: list[frozenset[str]]) -> Check:
    """Whether the endorsements hold, and are about what they stand at. They say nothing about the credential itself."""
    pairs = zip(reports, about, strict=True)
    good = [report for report, ids in pairs if report.verdict == "valid" and report.facts.subject in ids]
    words = " ".join((f"{len(good)} of {len(reports)} endorsements hold.", *_strangers(good)))
    return passed("endorsements", words) if len(good) == len(reports) else unknown("endorsements", words)


def _strangers(reports: list[Report]) -> list[str]:
    """In words, of how many nobody knows who made them: a signature that holds is no name."""
    unknown_ = sum(not report.known for report in reports)
    return [f"Who made {unknown_} of them, nobody here knows."] if unknown_ else []


def contained(children: list[Report], subject: str | None = None) -> Check:
    """What is known of the credentials inside another. `subject`: whom that one is about."""
    others = [child for child in children if subject and child.facts.subject and child.facts.subject != subject]
    lenient = [f"'{_named(child)}' inside it names another person than it does itself" for child in others[:LISTED]]
    bad = [child for child in children if child.verdict == "invalid"]
    if bad:
        words = f"{len(bad)} of the {len(children)} credentials inside it are not valid, '{_named(bad[0])}' for one."
        return failed("children", words, lenient)
    doubtful = sum(child.verdict == "unconfirmed" for child in children)
    if doubtful:
        words = f"{doubtful} of the {len(children)} credentials inside it could not be confirmed."
        return unknown("children", words, lenient)
    about = [f"{len(others)} of them name another person than it does itself."] if others else []
    whole = (f"All {len(children)} credentials inside it are valid.", *about, *_strangers(children))
    return passed("children", " ".join(whole), lenient)


def _named(report: Report) -> str:
    return (report.facts.name or report.facts.id or "without a name")[:200]
