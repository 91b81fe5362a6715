"""What the data model itself demands of credentials and presentations (W3C VC 2.0, and 1.1 for older ones)."""

import re
from collections.abc import Iterator
from typing import Any

from app.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from app.credentials.jsonld.iri import ABSOLUTE, LANGUAGE
from app.credentials.jsonld.values import quoted
from app.credentials.moments import moment

TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence", "proof")
"""Each object under these says what kind it is."""
TEXT_PARTS = {"@value", "@language", "@direction"}
ENVELOPED = re.compile(r"data:application/[a-z+-]+(;[^,]*)?,.+")


def version(document: dict[str, Any]) -> int:
    """2 or 1: the data model a document is written in, by its first context; 0 for neither."""
    first = listed(document.get("@context"))[:1]
    return {CREDENTIALS_V2: 2, CREDENTIALS_V1: 1}.get(first[0], 0) if first and isinstance(first[0], str) else 0


def listed(value: Any) -> list[Any]:
    """One or several, as a list; none for what is absent."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def identifier(value: Any) -> str | None:
    """The id of an issuer, subject or holder, embedded or by its address."""
    name = value.get("id") if isinstance(value, dict) else value
    return name if isinstance(name, str) else None


def single(value: Any) -> Any:
    """A value that JSON-LD writes in several ways: alone, in a list of one, as an object with an id or a value."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = next((value[name] for name in ("id", "@id", "@value") if name in value), value)
    return value


def problems(document: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a credential, each in words."""
    yield from _contexts(document)
    yield from _types(document, "VerifiableCredential")
    yield from _id(document, "id")
    yield from _issuer(document)
    yield from _subjects(document)
    yield from _dates(document)
    yield from _parts(document)
    yield from _resources(document)
    yield from _texts(document, "the credential")


def badge_problems(document: dict[str, Any]) -> Iterator[str]:
    """What makes a credential no badge at all, whichever schema it follows (Open Badges 3.0, appendix B)."""
    for subject in listed(document.get("credentialSubject")):
        if isinstance(subject, dict):
            kinds = listed(subject.get("type"))
            if kinds and "AchievementSubject" not in kinds:
                yield f"credentialSubject: its type is {quoted(kinds)}, not AchievementSubject"
            if not any(isinstance(achievement, dict | str) for achievement in listed(subject.get("achievement"))):
                yield "credentialSubject: achievement is missing: it says of nothing that it was achieved"
    issuer = document.get("issuer")
    kinds = listed(issuer.get("type")) if isinstance(issuer, dict) else []
    if kinds and "Profile" not in kinds:
        yield f"issuer: its type is {quoted(kinds)}, not Profile"


def presentation_problems(document: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a presentation, and with the form of the credentials in it."""
    yield from _contexts(document)
    yield from _types(document, "VerifiablePresentation")
    yield from _id(document, "id")
    if "holder" in document and not url(identifier(document["holder"])):
        yield "holder: its id is no URL"
    for item in listed(document.get("verifiableCredential")):
        if isinstance(item, str) and version(document) == 1:
            continue  # a token: the data model 1.1 has no envelopes
        if not isinstance(item, dict):
            yield "verifiableCredential: each should be an object; a token is enveloped in one"
        elif "EnvelopedVerifiableCredential" in listed(item.get("type")):
            if not ENVELOPED.fullmatch(str(item.get("id"))):
                yield "verifiableCredential: an enveloped credential has a data: URL as its id"
        else:
            yield from (f"verifiableCredential: {words}" for words in problems(item))


def url(value: Any) -> bool:
    """Whether a value is an absolute IRI."""
    return isinstance(value, str) and ABSOLUTE(value) is not None


def _contexts(document: dict[str, Any]) -> Iterator[str]:
    contexts = listed(document.get("@context"))
    if not version(document):
        yield f"@context: the first should be {CREDENTIALS_V2}, and is {quoted(contexts[0]) if contexts else 'missing'}"
    if not all(isinstance(context, str | dict) for context in contexts):
        yield "@context: each should be an address or an object"


def _types(document: dict[str, Any], needed: str) -> Iterator[str]:
    types = listed(document.get("type"))
    if needed not in types:
        yield f"type: '{needed}' is not among {quoted(types) if types else 'none'}"
    if not all(isinstance(kind, str) for kind in types):
        yield "type: each should be a text"


def _id(holder: dict[str, Any], name: str) -> Iterator[str]:
    if name in holder and not url(holder[name]):
        yield f"{name}: {quoted(holder[name])} is no URL"


def _issuer(document: dict[str, Any]) -> Iterator[str]:
    if "issuer" not in document:
        yield "issuer is missing: nobody stands for this credential"
    elif not url(identifier(document["issuer"])):
        yield "issuer: its id is no URL"
    elif isinstance(document["issuer"], dict):
        yield from _texts(document["issuer"], "the issuer")


def _subjects(document: dict[str, Any]) -> Iterator[str]:
    subjects = listed(document.get("credentialSubject"))
    if not subjects:
        yield "credentialSubject is missing: it says nothing about anybody"
    for subject in subjects:
        if not isinstance(subject, dict) or not subject:
            yield "credentialSubject: each should be an object that says something"
        else:
            yield from (f"credentialSubject: {words}" for words in _id(subject, "id"))


def _dates(document: dict[str, Any]) -> Iterator[str]:
    old = version(document) == 1
    names = ("issuanceDate", "expirationDate") if old else ("validFrom", "validUntil")
    if old and "issuanceDate" not in document:
        yield "issuanceDate is missing"
    begins, ends = (moment(document.get(name)) for name in names)
    for name, value in zip(names, (begins, ends), strict=True):
        absent = name not in document or (name == names[1] and document[name] is None)  # null says nothing, in JSON-LD
        if not absent and value is None:
            yield f"{name}: {quoted(document[name])} is no date-time like 2026-09-01T08:00:00Z"
    if begins is not None and ends is not None and begins > ends:
        yield f"{names[1]} lies before {names[0]}"


def _parts(document: dict[str, Any]) -> Iterator[str]:
    for name in TYPED:
        for part in listed(document.get(name)):
            if not isinstance(part, dict):
                if name != "evidence":
                    yield f"{name}: each should be an object"
                continue
            kinds = listed(part.get("type"))
            if not kinds or not all(isinstance(kind, str) for kind in kinds):
                yield f"{name}: its type is missing"
            if "id" in part or name == "credentialSchema":
                yield from (f"{name}: {words}" for words in _id({"id": part.get("id")}, "id"))


def _resources(document: dict[str, Any]) -> Iterator[str]:
    """Related resources, of which each has a digest and an address of its own (section 5.3)."""
    seen: set[str] = set()
    for resource in listed(document.get("relatedResource")):
        if not isinstance(resource, dict) or not url(resource.get("id")):
            yield "relatedResource: each should be an object with a URL as its id"
        elif resource["id"] in seen:
            yield f"relatedResource: {resource['id']} stands there twice"
        elif "digestSRI" not in resource and "digestMultibase" not in resource:
            yield f"relatedResource: {resource['id']} has neither digestSRI nor digestMultibase"
        else:
            seen.add(resource["id"])


def _texts(holder: dict[str, Any], whose: str) -> Iterator[str]:
    for name in ("name", "description"):
        for text in listed(holder.get(name)):
            if isinstance(text, dict) and not by_language(text) and (text.keys() - TEXT_PARTS or "@value" not in text):
                yield f"{name} of {whose}: beside its language and direction it should hold nothing"
            elif not isinstance(text, str | dict):
                yield f"{name} of {whose}: it should be a text"


def by_language(value: dict[str, Any]) -> bool:
    """Whether an object is a language map: texts by the tag of their language."""
    return bool(value) and all(
        (name == "@none" or LANGUAGE(name)) and all(isinstance(text, str) for text in listed(texts))
        for name, texts in value.items()
    )
