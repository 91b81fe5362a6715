"""Whether the key that signed is the issuer's: the part of verification that a self-made credential fails.

    the proof names a verification method ──▶ its document holds the key
    the issuer's own document             ──▶ must list that key for assertions

A key that comes with the credential itself (in the fragment of a URL, in a token's `jwk`, in a did:key) can show that
nothing was changed. It says nothing about whose it is, until the issuer's document says so.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.credentials.errors import KeyRefused
from app.credentials.keys import PublicKey, from_base58, from_did_key, from_jwk, from_multikey, same
from app.credentials.moments import moment
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, location, origin
from app.credentials.verify.shape import listed

KEY_FIELDS = ("publicKeyMultibase", "publicKeyJwk", "publicKeyBase58")


@dataclass(frozen=True, slots=True)
class Use:
    """What a key was used for, when (as the proof says), and the moment of checking."""

    now: datetime
    created: datetime | None = None
    purpose: str = "assertionMethod"


@dataclass(frozen=True, slots=True)
class Found:
    """The key to check a signature with (None: not found), and what is known of whose it is."""

    key: PublicKey | None
    check: Check


@dataclass(frozen=True, slots=True)
class Method:
    """A verification method as its document describes it."""

    id: str
    controller: str | None
    key: PublicKey
    expires: datetime | None = None
    revoked: datetime | None = None


async def find(documents: Documents, issuer: str, method: str, use: Use) -> Found:
    """Find the key of a verification method, and whether the issuer owns it. KeyRefused for a malformed key."""
    if method.startswith("did:key:"):
        return await _of_did_key(documents, issuer, method, use)
    carried = _carried(method)
    base = method.partition("#")[0]
    try:
        own = await _methods(documents, issuer, use.purpose)
    except Unreachable as error:
        return await _without_issuer(documents, issuer, method, carried, str(error))
    owned = [one for one in own if one.id == method or (carried is not None and same(one.key, carried))]
    if owned:
        return _owned(owned[0], use)
    if base == issuer:
        return Found(carried, failed("issuer key", f"The issuer does not list the key '{method}' as its own."))
    return await _elsewhere(documents, issuer, method, carried)


async def match(documents: Documents, issuer: str, key: PublicKey, use: Use) -> Found:
    """Whether a key that came with a token is one of the issuer's."""
    try:
        own = await _methods(documents, issuer, use.purpose)
    except Unreachable as error:
        return Found(key, unknown("issuer key", f"The token brings its own key, and {error}."))
    owned = [one for one in own if same(one.key, key)]
    if owned:
        return _owned(owned[0], use)
    return Found(key, failed("issuer key", "The token brings its own key, and the issuer does not list it."))


async def only(documents: Documents, issuer: str, use: Use) -> Found:
    """The issuer's key for a token that names none: there must be exactly one."""
    try:
        own = await _methods(documents, issuer, use.purpose)
    except Unreachable as error:
        return Found(None, unknown("issuer key", f"The token does not say which key signed it, and {error}."))
    if len(own) != 1:
        return Found(None, unknown("issuer key", f"The token does not say which of {len(own)} keys signed it."))
    return _owned(own[0], use)


def _owned(method: Method, use: Use) -> Found:
    if method.revoked is not None and method.revoked <= use.now:
        return Found(method.key, failed("issuer key", f"The issuer withdrew this key on {method.revoked:%Y-%m-%d}."))
    if method.expires is not None and (use.created or use.now) > method.expires:
        return Found(method.key, failed("issuer key", f"The key had expired on {method.expires:%Y-%m-%d}."))
    return Found(method.key, passed("issuer key", "The key is one of the issuer's own."))


def _carried(method: str) -> PublicKey | None:
    """The key that a verification method's own name holds (`https://issuer#z6Mk…`)."""
    fragment = method.partition("#")[2]
    return from_multikey(fragment) if fragment.startswith("z6Mk") else None


async def _of_did_key(documents: Documents, issuer: str, method: str, use: Use) -> Found:
    key = from_did_key(method)
    if method.partition("#")[0] == issuer:
        return Found(key, passed("issuer key", "The issuer is the key itself (did:key)."))
    if location(issuer) is None and not issuer.startswith("did:key:"):
        words = f"It was signed with a key that stands for itself, and nothing can say that '{issuer}' uses it."
        return Found(key, unknown("issuer key", words))
    try:
        own = await _methods(documents, issuer, use.purpose)
    except Unreachable as error:
        return Found(key, failed("issuer key", f"The key belongs to another than the issuer, and {error}."))
    owned = [one for one in own if same(one.key, key)]
    if owned:
        return _owned(owned[0], use)
    return Found(key, failed("issuer key", f"It was signed with a key that the issuer '{issuer}' does not list."))


async def _without_issuer(documents: Documents, issuer: str, method: str, carried: PublicKey | None, why: str) -> Found:
    """The issuer's document tells no keys: the key may still be found, but not whose it is."""
    base = method.partition("#")[0]
    if base != issuer and (location(base) is None or origin(base) != origin(issuer) or origin(base) is None):
        words = f"The key '{method}' belongs to another than the issuer '{issuer}', and {why}."
        return Found(carried, failed("issuer key", words))
    if base != issuer:
        return await _elsewhere(documents, issuer, method, carried)
    return Found(carried, unknown("issuer key", f"The issuer's keys are not known: {why}."))


async def _elsewhere(documents: Documents, issuer: str, method: str, carried: PublicKey | None) -> Found:
    """A key document beside the issuer's: believed on the issuer's own site only."""
    base = method.partition("#")[0]
    other = failed("issuer key", f"The key '{method}' belongs to another than the issuer '{issuer}'.")
    if origin(base) is None or origin(base) != origin(issuer):
        return Found(carried, other)
    try:
        document = await documents.object(base)
    except Unreachable as error:
        return Found(carried, unknown("issuer key", f"The key is not known: {error}."))
    found = [one for one in _read(document, method, None) if one.id in (method, base) or "keys" in document]
    if not found:
        return Found(carried, failed("issuer key", f"'{base}' does not hold the key '{method}'."))
    if found[0].controller not in (None, issuer):
        return Found(found[0].key, other)
    lenient = [f"the issuer does not list the key '{method}' itself; it was found on the issuer's site"]
    return Found(found[0].key, passed("issuer key", "The key was found on the issuer's own site.", lenient))


async def _methods(documents: Documents, issuer: str, purpose: str) -> list[Method]:
    """The keys that an issuer lists for a purpose. Unreachable where its document cannot be had or lists no keys."""
    if issuer.startswith("did:key:"):
        return [Method(issuer, issuer, from_did_key(issuer))]
    address = location(issuer)
    if address is None:
        raise Unreachable(f"nothing can be looked up at '{issuer}'")
    document = await documents.object(address)
    if "keys" not in document and document.get("id") != issuer:
        raise Unreachable(f"the document at {address} is about '{document.get('id')}' and not about the issuer")
    found = _read(document, issuer, purpose)
    if not found:
        raise Unreachable(f"the document at {address} lists no keys")
    return found


def _read(document: dict[str, Any], about: str, purpose: str | None) -> list[Method]:
    """The keys in a document: a controller document, a JWK set, or one key alone."""
    if "keys" in document:
        return _readable([_jwk_method(key, about) for key in listed(document["keys"]) if isinstance(key, dict)])
    if document.keys() & set(KEY_FIELDS):
        return _readable([document])
    if "kty" in document:
        return _readable([{"id": about, "publicKeyJwk": document}])
    described = {one["id"]: one for one in _described(document) if isinstance(one.get("id"), str)}
    if purpose is not None:
        allowed = [one if isinstance(one, str) else one.get("id") for one in _entries(document, purpose)]
        base = str(document.get("id"))
        described = {id_: one for id_, one in described.items() if id_ in allowed or id_.removeprefix(base) in allowed}
    return _readable(list(described.values()), str(document.get("id")))


def _readable(values: list[dict[str, Any]], base: str = "") -> list[Method]:
    """The methods whose keys are of a kind that signs credentials; others, as for encryption, are left out."""
    found = []
    for value in values:
        with suppress(KeyRefused):
            found.append(_method(value, base))
    return found


def _described(document: dict[str, Any]) -> list[dict[str, Any]]:
    entries = _entries(document, "verificationMethod") + _entries(document, "assertionMethod")
    return [one for one in entries if isinstance(one, dict)]


def _entries(document: dict[str, Any], name: str) -> list[Any]:
    return [one for one in listed(document.get(name)) if isinstance(one, str | dict)]


def _method(value: dict[str, Any], base: str = "") -> Method:
    if "publicKeyMultibase" in value:
        key = from_multikey(value["publicKeyMultibase"])
    elif "publicKeyJwk" in value:
        key = from_jwk(value["publicKeyJwk"])
    else:
        key = _base58_key(value.get("publicKeyBase58"))
    id_, controller = value.get("id"), value.get("controller")
    return Method(
        f"{base}{id_}" if str(id_).startswith("#") else str(id_),
        controller if isinstance(controller, str) else None,
        key,
        moment(value.get("expires")),
        moment(value.get("revoked")),
    )


def _base58_key(text: Any) -> PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(from_base58(text if isinstance(text, str) else ""))
    except ValueError as error:
        raise KeyRefused(f"{text!r} is no Ed25519 key in base58: {error}") from None


def _jwk_method(value: dict[str, Any], about: str) -> dict[str, Any]:
    kid = value.get("kid")
    named = kid if isinstance(kid, str) and ":" in kid else f"{about.partition('#')[0]}#{kid}"
    return {"id": named, "publicKeyJwk": value}
