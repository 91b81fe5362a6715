"""Whether the key that signed is the issuer's: the part of verification that a self-made credential fails.

    the proof names a verification method ──▶ its document holds the key
    the issuer's own document             ──▶ must list that key for assertions, and nobody else may control it

Where an issuer lists keys, only those count: one beside them on the same host may be anybody's, for platforms have many
issuers on one host.

A key that comes with the credential itself (in the fragment of a URL, in a token's `jwk`, in a did:key) can show that
nothing was changed. It says nothing about whose it is, until the issuer's document says so.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.credentials.errors import KeyRefused
from app.credentials.keys import PublicKey, from_base58, from_jwk, from_multikey, same, self_contained
from app.credentials.moments import loose_moment
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, location, origin, read_object, same_address, web
from app.credentials.verify.shape import listed, single

MOST = 100
"""Keys of one document that are looked at."""
KEPT, KEPT_BYTES = 256, 16_384
"""Documents of issuers whose keys are kept once they are read, by all their bytes; and the longest of them."""
NOT_SAID = (None, False, "")
"""What of a key's end, or an identifier's, says that there is none."""
KEY_FIELDS = ("publicKeyMultibase", "publicKeyJwk", "publicKeyBase58")


@dataclass(frozen=True, slots=True)
class Use:
    """What a key was used for, when (as the proof says), and the moment of checking."""

    now: datetime
    created: datetime | None = None
    purpose: str = "assertionMethod"


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """The key to check a signature with (None: not found), and what is known of whose it is."""

    key: PublicKey | None
    check: Check


@dataclass(frozen=True, slots=True)
class Method:
    """A verification method as its document describes it. `unread`: what it says of its time and cannot be read."""

    id: str
    controller: str | None
    key: PublicKey
    expires: datetime | None = None
    revoked: datetime | None = None
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The keys that an issuer lists for a purpose: those described, and the ids of those described elsewhere."""

    issuer: str
    methods: tuple[Method, ...]
    elsewhere: frozenset[str] = frozenset()

    def found(self, method: str, carried: PublicKey | None) -> Method | None:
        """The method of this id, or with this key."""
        named = next((entry for entry in self.methods if entry.id == method), None)
        alike = (entry for entry in self.methods if carried is not None and same(entry.key, carried))
        return named or next(alike, None)


class ListsNone(Unreachable):
    """The issuer's document could be read, and lists no keys at all."""


async def find(documents: Documents, issuer: str, method: str, use: Use) -> KeyFinding:
    """Find the key of a verification method, and whether the issuer owns it. KeyRefused for a malformed key."""
    carried = self_contained(method)
    if carried is not None and method.partition("#")[0] == issuer:
        return KeyFinding(carried, passed("issuer key", "The issuer is the key itself: whoever holds it made this."))
    carried = carried or _carried(method)
    try:
        listing = await _listing(documents, issuer, use.purpose)
    except Unreachable as error:
        return await _without_issuer(documents, issuer, method, carried, error)
    if (own := listing.found(method, carried)) is not None:
        return _owned(own, issuer, use)
    if method in listing.elsewhere:
        return await _elsewhere(documents, issuer, method, use)
    return KeyFinding(
        carried, failed("issuer key", f"The issuer '{issuer}' does not list the key '{method}' as its own.")
    )


async def match(documents: Documents, issuer: str, key: PublicKey, use: Use) -> KeyFinding:
    """Whether a key that came with a token is one of the issuer's."""
    try:
        listing = await _listing(documents, issuer, use.purpose)
    except Unreachable as error:
        return KeyFinding(key, unknown("issuer key", f"The token brings its own key, and {error}."))
    if (own := listing.found("", key)) is not None:
        return _owned(own, issuer, use)
    return KeyFinding(key, failed("issuer key", "The token brings its own key, and the issuer does not list it."))


async def only(documents: Documents, issuer: str, use: Use) -> KeyFinding:
    """The issuer's key for a token that names none: there must be exactly one."""
    try:
        own = (await _listing(documents, issuer, use.purpose)).methods
    except Unreachable as error:
        return KeyFinding(None, unknown("issuer key", f"The token does not say which key signed it, and {error}."))
    if len(own) != 1:
        return KeyFinding(None, unknown("issuer key", f"The token does not say which of {len(own)} keys signed it."))
    return _owned(own[0], issuer, use)


def of_set(keys: Any, issuer: str, kid: Any, use: Use) -> KeyFinding:
    """A key of a set of JWKs that an issuer publishes: by its `kid`, or the only one."""
    own = _methods(keys, issuer) if isinstance(keys, dict) and "keys" in keys else []
    named = [method for method in own if kid is None or method.id.rpartition("#")[2] == kid or method.id == kid]
    if len(named) != 1:
        words = f"The issuer lists {len(own)} keys, and which of them signed it cannot be told."
        return KeyFinding(
            None,
            failed("issuer key", f"The issuer does not list the key '{kid}'.")
            if kid and own
            else unknown("issuer key", words),
        )
    return _owned(named[0], issuer, use)


def _owned(method: Method, issuer: str, use: Use) -> KeyFinding:
    """A key that the issuer lists. It counts if the issuer controls it (Controlled Identifiers 1.0, section 3.3)."""
    if method.controller is not None and not same_address(method.controller, issuer):
        words = f"The issuer lists the key '{method.id}', which '{method.controller}' controls."
        return KeyFinding(method.key, failed("issuer key", words))
    if method.unread is not None:
        words = f"The issuer says '{method.unread}' of this key, in a way that is not read here."
        return KeyFinding(method.key, unknown("issuer key", words))
    if method.revoked is not None and method.revoked <= use.now:
        return KeyFinding(
            method.key, failed("issuer key", f"The issuer withdrew this key on {method.revoked:%Y-%m-%d}.")
        )
    if method.expires is not None and (use.created or use.now) > method.expires:
        return KeyFinding(method.key, failed("issuer key", f"The key had expired on {method.expires:%Y-%m-%d}."))
    return KeyFinding(method.key, passed("issuer key", "The key is one of the issuer's own."))


def _carried(method: str) -> PublicKey | None:
    """The key that a verification method's own name holds (`https://issuer#z6Mk…`)."""
    fragment = method.partition("#")[2]
    return from_multikey(fragment) if fragment.startswith("z6Mk") else None


async def _without_issuer(
    documents: Documents, issuer: str, method: str, carried: PublicKey | None, why: Unreachable
) -> KeyFinding:
    """The issuer's document tells no keys: the key may still be found, but nobody can say whose it is.

    A key that stands for itself (did:key, did:jwk) is no other's: only the issuer's document could speak against it.
    """
    base = method.partition("#")[0]
    if base == issuer or (location(issuer) is None and self_contained(method) is None):
        return KeyFinding(carried, unknown("issuer key", f"The issuer's keys are not known: {why}."))
    if self_contained(method) is not None and not isinstance(why, ListsNone):
        words = f"It was signed with a key that stands for itself, and nothing can say that '{issuer}' uses it: {why}."
        return KeyFinding(carried, unknown("issuer key", words))
    other = f"The key '{method}' belongs to another than the issuer '{issuer}'"
    if origin(base) is None or origin(base) != origin(issuer):
        return KeyFinding(carried, failed("issuer key", f"{other}, and {why}."))
    try:
        own = await _method_at(documents, method)
    except Unreachable as error:
        return KeyFinding(carried, unknown("issuer key", f"The key is not known: {error}."))
    if own.controller is not None and not same_address(own.controller, issuer):
        return KeyFinding(own.key, failed("issuer key", f"{other}."))
    words = f"The key '{method}' is on the issuer's site, and only the issuer could say that it is its own: {why}."
    return KeyFinding(own.key, unknown("issuer key", words))


async def _elsewhere(documents: Documents, issuer: str, method: str, use: Use) -> KeyFinding:
    """A key that the issuer lists by its address alone: its own document must name the issuer as its controller."""
    try:
        own = await _method_at(documents, method)
    except Unreachable as error:
        return KeyFinding(None, unknown("issuer key", f"The key is not known: {error}."))
    if own.controller is None:
        return KeyFinding(
            own.key, unknown("issuer key", f"The document of the key '{method}' does not say whose it is.")
        )
    return _owned(own, issuer, use)


async def _method_at(documents: Documents, method: str) -> Method:
    """A verification method from its own document. Unreachable where it is not there."""
    base = method.partition("#")[0]
    if not web(base):
        raise Unreachable(f"nothing can be looked up at '{base}'")
    document = await documents.object(base)
    matching = [entry for entry in _methods(document, base) if entry.id in (method, base) or "keys" in document]
    if not matching:
        raise Unreachable(f"'{base}' does not hold the key '{method}'")
    return matching[0]


async def _listing(documents: Documents, issuer: str, purpose: str) -> Listing:
    """The keys that an issuer lists for a purpose. Unreachable where its document cannot be had or lists no keys."""
    if (own := self_contained(issuer)) is not None:
        return Listing(issuer, (Method(issuer, issuer, own),))
    address = location(issuer)
    if address is None:
        raise Unreachable(f"nothing can be looked up at '{issuer}'")
    body = await documents.body(address)
    read = _listing_in if len(body) <= KEPT_BYTES else _listing_in.__wrapped__
    return read(body, address, issuer, purpose)


@lru_cache(maxsize=KEPT)  # a class's badges are all of one issuer; dates of keys are compared where a key is used
def _listing_in(body: bytes, address: str, issuer: str, purpose: str) -> Listing:
    """The keys that a document lists for a purpose. Unreachable where it is no such document, or lists no keys."""
    document = read_object(body, address)
    if "keys" not in document and document.get("id") != issuer:
        raise Unreachable(f"the document at {address} is about '{document.get('id')}' and not about the issuer")
    if document.get("deactivated") not in NOT_SAID:
        raise Unreachable(f"the document at {address} says that the issuer gave its identifier up")
    methods = _methods(document, issuer)
    allowed = {
        _absolute(entry if isinstance(entry, str) else entry.get("id"), issuer) for entry in _entries(document, purpose)
    }
    if not methods and not allowed:
        raise ListsNone(f"the document at {address} lists no keys")
    if not _described(document):  # a set of JWKs, or a document that is one key
        return Listing(issuer, tuple(methods))
    described = frozenset(entry.id for entry in methods)
    return Listing(issuer, tuple(entry for entry in methods if entry.id in allowed), frozenset(allowed - described))


def _methods(document: dict[str, Any], about: str) -> list[Method]:
    """The keys in a document: a controller document, a JWK set, or one key alone."""
    if "keys" in document:
        return _readable([_jwk_method(key, about) for key in listed(document["keys"]) if isinstance(key, dict)], about)
    if document.keys() & set(KEY_FIELDS):
        return _readable([document], about)
    if "kty" in document:
        return _readable([{"id": about, "publicKeyJwk": document}], about)
    return _readable(_described(document), str(document.get("id")))


def _readable(values: list[dict[str, Any]], base: str) -> list[Method]:
    """The methods whose keys are of a kind that signs credentials; others, as for encryption, are left out."""
    methods: dict[str, Method] = {}
    for value in values[:MOST]:
        with suppress(KeyRefused):
            method = _method(value, base)
            methods.setdefault(method.id, method)
    return list(methods.values())


def _absolute(id_: Any, base: str) -> str:
    """The id of a verification method, which may be relative to its document."""
    return f"{base}{id_}" if str(id_).startswith("#") else str(id_)


def _described(document: dict[str, Any]) -> list[dict[str, Any]]:
    entries = _entries(document, "verificationMethod") + _entries(document, "assertionMethod")
    return [entry for entry in entries if isinstance(entry, dict)]


def _entries(document: dict[str, Any], name: str) -> list[Any]:
    return [entry for entry in listed(document.get(name)) if isinstance(entry, str | dict)]


def _method(value: dict[str, Any], base: str) -> Method:
    if "publicKeyMultibase" in value:
        key = from_multikey(value["publicKeyMultibase"])
    elif "publicKeyJwk" in value:
        key = from_jwk(value["publicKeyJwk"])
    else:
        key = _base58_key(value.get("publicKeyBase58"))
    controller = single(value.get("controller"))
    written = _ends(value)
    ends = {name: loose_moment(end) for name, end in written.items()}
    unread = (name for name, end in written.items() if end not in NOT_SAID and ends[name] is None)
    return Method(
        _absolute(value.get("id"), base),
        controller if controller is None or isinstance(controller, str) else f"{controller}"[:200],
        key,
        **ends,
        unread=next(unread, None),
    )


def _ends(value: dict[str, Any]) -> dict[str, Any]:
    """What is said of a key's end, as `expires` and `revoked`; a JWK may say it itself, as OpenID Federation has it."""
    jwk = value.get("publicKeyJwk")
    own = jwk if isinstance(jwk, dict) else {}
    revoked = own.get("revoked")
    since = revoked.get("revoked_at", True) if isinstance(revoked, dict) else revoked
    return {"expires": value.get("expires", own.get("exp")), "revoked": value.get("revoked", since)}


def _base58_key(text: Any) -> PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(from_base58(text if isinstance(text, str) else ""))
    except ValueError as error:
        raise KeyRefused(f"{text!r} is no Ed25519 key in base58: {error}") from None


def _jwk_method(value: dict[str, Any], about: str) -> dict[str, Any]:
    kid = value.get("kid")
    named = kid if isinstance(kid, str) and ":" in kid else f"{about.partition('#')[0]}#{kid}"
    return {"id": named, "publicKeyJwk": value}
