"""What came in, read apart: JSON, a token, or a picture with either inside; and which generation of badge it is."""

import base64
import codecs
import re
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote

from app.credentials import jwt, strict_json
from app.credentials.bake import is_picture, unbake
from app.credentials.errors import Unreadable, Unsupported
from app.credentials.verify.shape import listed

Generation = Literal["credential", "presentation", "assertion", "link", "token"]

ENVELOPE = re.compile(r"data:application/[a-z+-]+(?:;[^,]*)?,(.+)")
ENVELOPES = {"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"}
DATA = re.compile(r"data:[a-z+/.-]+(?P<packed>(?:;[^;,]*)*),(?P<body>\S+)", re.IGNORECASE)
WRAPPERS = ("verifiableCredential", "credential", "compactJwsString")
"""Under what an issuing or listing API answers with credentials (VC-API, Open Badges API)."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""The bytes with which a text may begin to say how it is encoded: Windows saves files so."""
CARRIERS = 4
"""How many of what credentials are carried in may stand inside one another: a list, a quoted token …"""
STANDARDS = ("w3id.org/openbadges", "openbadgespec.org", "standard.openbadges.org", "purl.imsglobal.org")
"""Where the standard's own contexts are: of these, all are known."""
OLD_CONTEXTS = {
    "w3id.org/openbadges/v1": "Open Badges 1.1",
    "standard.openbadges.org/1.1/context": "Open Badges 1.1",
    "standard.openbadges.org/1.1/context.json": "Open Badges 1.1",
    "openbadgespec.org/v1/context.json": "Open Badges 1.1",
    "w3id.org/openbadges/v2": "Open Badges 2.0",
    "openbadgespec.org/v2/context.json": "Open Badges 2.0",
    "purl.imsglobal.org/spec/ob/v2p1/schema/jsonld-context/ob_v2p1.jsonld": "Open Badges 2.1",
}
"""The contexts of badges before 3.0, without their scheme: issuers write http and https, and a slash at the end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document read from what came in. `token`: it came as one; `source`: how it came, in words.

    `address`: where it was found, if an address was all that came in.
    """

    generation: Generation
    document: dict[str, Any]
    source: str
    token: jwt.Token | None = None
    address: str | None = None


def read(content: bytes | str, *, alone: bool = False) -> Reading:
    """Read what came in. Unreadable or ProofRefused where it is no credential.

    `alone`: it is the credential itself, as whoever shows it reads it, and nothing that carries one.
    """
    if alone:
        return _alone((content if isinstance(content, str) else _decoded(content)).strip())
    if isinstance(content, bytes) and is_picture(content):
        return _text(unbake(content), "a picture")
    if content[:5] in (b"%PDF-", "%PDF-"):
        words = "this is a PDF: what is on paper is checked at the address, or by the QR code, that stands on it"
        raise Unsupported(words)
    return _text(content if isinstance(content, str) else _decoded(content), "")


def published(body: bytes) -> Reading:
    """What stands at an address as its host's own word: JSON. Unreadable for anything else.

    A picture or a letter with a badge in it is whose who uploaded it, and platforms host what anybody uploads.
    """
    document = strict_json.load_object(_decoded(body))
    return Reading(_generation(document), document, "JSON")


def _alone(text: str) -> Reading:
    """A credential in JSON or a token. What it says of anybody decides its generation, whatever it calls itself."""
    if text.startswith("{"):
        reading = Reading("credential", strict_json.load_object(text), "JSON")
    else:
        reading = _token(text, "a signed token")
    if reading.generation == "token":
        return reading
    return replace(reading, generation="credential" if "credentialSubject" in reading.document else "assertion")


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("this is neither text nor a PNG or SVG picture") from None


def _text(text: str, carrier: str, carriers: int = CARRIERS) -> Reading:
    text = text.strip().removeprefix("\ufeff").lstrip()
    within = f" in {carrier}" if carrier else ""
    if text.startswith(("{", "[", '"')):
        return _json(strict_json.load(text), carrier, carriers)
    if text.startswith(("https://", "http://")) and "\n" not in text:
        return Reading("link", {"id": text}, f"an address{within}")
    if text.startswith(("ey", "ew")) and text.partition("~")[0].count(".") == 2:
        return _token("".join(text.split()), f"a signed token{within}")  # a letter breaks its lines
    if carriers and (data := DATA.fullmatch(text)) is not None:
        return _text(_unpacked(data), carrier, carriers - 1)
    raise Unreadable("this is no credential: neither JSON, nor a signed token, nor a picture with one inside")


def _json(value: Any, carrier: str, carriers: int) -> Reading:
    """A credential in JSON, or what JSON holds it: a quoted token, a list of one, the answer of an API."""
    if isinstance(value, list) and len(value) > 1:
        raise Unsupported(f"it holds {len(value)} credentials, which are checked one by one")
    if isinstance(value, list) and value and carriers:
        return _json(value[0], carrier, carriers - 1)
    if isinstance(value, str) and carriers:
        return _text(value, carrier, carriers - 1)
    if not isinstance(value, dict):
        raise Unreadable("credential: the JSON is no object")
    if (token := _in_json(value) or enveloped(value)) is not None:
        return _text(token, carrier, 0)
    if not value.keys() & {"@context", "type"} and carriers:
        inside = [credential for name in WRAPPERS for credential in listed(value.get(name))]
        if inside:
            return _json(inside, carrier, carriers - 1)
    return Reading(_generation(value), value, f"JSON in {carrier}" if carrier else "JSON")


def _unpacked(data: re.Match[str]) -> str:
    """What stands in a data: URL."""
    if "base64" not in data["packed"].lower():
        return unquote(data["body"])
    try:
        return base64.b64decode(unquote(data["body"]), validate=True).decode()
    except ValueError:  # also what is no UTF-8
        raise Unreadable("the data: URL holds no text") from None


def enveloped(value: Any) -> str | None:
    """The token in an enveloped credential or presentation (VC 2.0, section 4.13); None for anything else."""
    if not isinstance(value, dict) or not ENVELOPES & set(map(str, listed(value.get("type")))):
        return None
    match = ENVELOPE.fullmatch(str(value.get("id")))
    return match[1] if match is not None else None


def _in_json(document: dict[str, Any]) -> str | None:
    """A JWS that is written as JSON (RFC 7515, section 7.2), as a compact entry; None for what is none."""
    if "payload" not in document or not document.keys() & {"signature", "signatures"}:
        return None
    signatures = listed(document.get("signatures", document))
    entry = signatures[0] if len(signatures) == 1 and isinstance(signatures[0], dict) else {}
    parts = [entry.get("protected"), document["payload"], entry.get("signature")]
    if "header" in entry or not all(isinstance(part, str) for part in parts):
        raise Unsupported("it is a JWS in JSON with several signatures or an open header, which are not read here")
    return ".".join(map(str, parts))


def _token(text: str, source: str) -> Reading:
    """A token: a credential, or an assertion of Open Badges 2.0, whose signature ob2 checks."""
    token = jwt.read(text)
    if jwt.kind_of(token.header) in jwt.PARTIAL and "vct" in token.claims:
        return Reading("token", token.document, source, token)
    return Reading(_generation(token.document), token.document, source, token)


def _generation(document: dict[str, Any]) -> Generation:
    kinds = listed(document.get("type"))
    if "VerifiablePresentation" in kinds:
        return "presentation"
    if "VerifiableCredential" in kinds:
        return "credential"
    if _old_contexts(document) or "recipient" in document or "Assertion" in kinds:
        return "assertion"
    return "credential"


def old_version(document: dict[str, Any]) -> str | None:
    """Which Open Badges standard before 3.0 a document follows; None for a context that is not known."""
    if not any(isinstance(context, str) for context in listed(document.get("@context"))):
        return "Open Badges 1.0"
    return next(iter(_old_contexts(document)), None)


def of_standard(document: dict[str, Any]) -> bool:
    """Whether a document names a context among the standard's own."""
    return any(name.startswith(STANDARDS) for name in _bare_contexts(document))


def _old_contexts(document: dict[str, Any]) -> list[str]:
    """The standards before 3.0 whose contexts a document names."""
    return [OLD_CONTEXTS[name] for name in _bare_contexts(document) if name in OLD_CONTEXTS]


def _bare_contexts(document: dict[str, Any]) -> list[str]:
    """The addresses of a document's contexts, as `OLD_CONTEXTS` has them."""
    names = [context for context in listed(document.get("@context")) if isinstance(context, str)]
    return [name.lower().partition("://")[2].removeprefix("www.").rstrip("/#") for name in names]
