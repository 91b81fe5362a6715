"""The issuer of a badge before 3.0: its profile, what it may host, the keys it signs with."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.credentials import jwt
from app.credentials.errors import CredentialError, KeyRefused, Unreadable
from app.credentials.jsonld.values import quoted
from app.credentials.keys import PublicKey, checked
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import (
    Documents,
    Unreachable,
    climbs,
    host,
    origin,
    same_address,
    web,
    without_scheme,
)
from app.credentials.verify.shape import identifier, listed
from app.credentials.verify.vc import text

MOST = 500
"""Places of a profile where it hosts badges that are looked at."""
ISSUERS = ("Issuer", "Profile", "IssuerOrg")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A profile read apart. `starts` and `origins`: where it may host assertions; `keys`: the ids of its keys.

    `revocations`: the lists of what it took back, as the profile writes them.
    """

    id: str | None = None
    name: str | None = None
    starts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    revocations: tuple[Any, ...] = ()
    lenient: tuple[str, ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)


async def badge_class(value: Any, documents: Documents, *, signed: bool) -> dict[str, Any]:
    """What was awarded. One with an address is what stands there, whatever a copy says (2.0, BadgeClass).

    `signed`: the issuer's signature covers the words of one that is written out.
    """
    return await _settled(value, documents, "badge", trusted=signed)


async def _settled(value: Any, documents: Documents, what: str, *, trusted: bool) -> dict[str, Any]:
    """A badge class or profile: at its address or, without one or where its words are trusted, as written out."""
    address = identifier(value)
    if isinstance(value, dict) and "name" in value and (trusted or address is None or not web(address)):
        return value
    if address is None or not web(address):
        raise Unreachable(f"{quoted(value)} is no address")
    published = await documents.object(address)
    own = identifier(published) or address
    if what == "badge" and not same_address(own, address):
        raise Unreadable(f"the {what} at {address} calls itself '{own}'")
    return {"id": address} | published


async def issuer(badge: dict[str, Any], documents: Documents) -> Issuer:
    """The issuer of a badge class, from the issuer's own address where it has one."""
    named = badge.get("issuer")
    address = identifier(named)
    if isinstance(named, dict) and (address is None or not web(address)):
        site = named.get("origin") or named.get("url")  # Open Badges 1.0, and profiles without an address of their own
        return Issuer(site if isinstance(site, str) else address, text(named.get("name")), profile=named)
    profile = await _settled(named, documents, "issuer", trusted=False)
    if not any(kind in ISSUERS for kind in listed(profile.get("type", "Issuer"))):
        raise Unreadable(f"{address} is no issuer but {quoted(profile.get('type'))}")
    lenient: tuple[str, ...] = ()
    own = identifier(profile) or address or ""
    if not same_address(own, address or ""):
        if origin(own) is None or origin(own) != origin(address or ""):
            raise Unreadable(f"the profile at {address} calls itself '{own}'")
        lenient = (f"the profile at {address} calls itself '{own}'",)
        return await _called(own, address or "", profile, documents, lenient)
    return _profile(own, profile, lenient)


async def _called(
    own: str, address: str, profile: dict[str, Any], documents: Documents, lenient: tuple[str, ...]
) -> Issuer:
    """A profile that gives another address of its host as its own: what stands there decides, as there may be many."""
    try:
        published = await documents.object(own)
    except Unreachable:
        return _profile(address, profile, lenient)
    if not same_address(identifier(published) or "", own):
        raise Unreadable(f"the profile at {address} calls itself '{own}', and another is found there")
    return _profile(own, published, lenient)


def _profile(id: str, profile: dict[str, Any], lenient: tuple[str, ...]) -> Issuer:
    verification = profile.get("verification")
    rules = verification if isinstance(verification, dict) else {}
    return Issuer(
        id=id,
        name=text(profile.get("name")),
        starts=tuple(prefix for prefix in listed(rules.get("startsWith"))[:MOST] if isinstance(prefix, str)),
        origins=tuple(host for host in listed(rules.get("allowedOrigins"))[:MOST] if isinstance(host, str)),
        keys=tuple(key_id for key in listed(profile.get("publicKey")) if (key_id := identifier(key)) is not None),
        revocations=tuple(value for value in listed(profile.get("revocationList")) if value),
        lenient=lenient,
        profile=profile,
    )


def owns(issuer: Issuer, address: str) -> Check:
    """Whether an issuer hosts assertions at an address: as its profile says, else on its own site (2.0, 4.2)."""
    if issuer.id is None:
        return unknown("issuer key", "It does not say who issued it.")
    lenient = issuer.lenient
    if issuer.starts:
        allowed = not climbs(address) and any(_starts(address, start) for start in issuer.starts)
    else:
        hosts, odd = _hosts(issuer)
        allowed = _host(address) in hosts
        lenient = (*lenient, *odd)
    if not allowed:
        return failed("issuer key", f"The issuer '{issuer.id}' does not host badges at {address}.", lenient)
    return passed("issuer key", "Its address is its issuer's.", lenient)


def _hosts(issuer: Issuer) -> tuple[set[str], tuple[str, ...]]:
    """Where an issuer hosts, and what its profile writes otherwise than the standard: host names."""
    if not issuer.origins:
        return {_host(issuer.id or "")}, ()
    addresses = any("/" in host for host in issuer.origins)
    note = "the issuer's allowedOrigins are addresses, where the standard wants names of hosts"
    named = {_host(host) if web(host) else _host(f"https://{host}") for host in issuer.origins}
    return named, (note,) * addresses


def _starts(address: str, start: str) -> bool:
    return _host(address) == _host(start) and without_scheme(address).startswith(without_scheme(start))


def _host(address: str) -> str:
    return host(address) or ""


async def signed(
    token: jwt.Token, key: str, issuer: Issuer, documents: Documents, *, first: bool
) -> tuple[Check, Check]:
    """Check the JWS of an assertion: the signature, and that the key is its issuer's. `first`: of Open Badges 1."""
    nobody = unknown("issuer key", "Without a signature that holds, nobody stands for it.")
    address = key or (issuer.keys[0] if len(issuer.keys) == 1 else "")
    try:
        public, owner = await _key(address, issuer, documents)
        jwt.check(token, public)
    except Unreachable as error:
        return unknown("proof", f"The key it was signed with is not known: {error}."), nobody
    except CredentialError as error:
        return failed("proof", f"Its signature does not hold: {error}."), nobody
    return passed("proof", "It is unchanged since it was signed."), _owner(address, owner, issuer, first)


def _owner(address: str, owner: str | None, issuer: Issuer, first: bool) -> Check:
    """Whether a key is the issuer's: as its profile says (2.0), in the first standards by the issuer's site alone."""
    if issuer.id is None:
        return unknown("issuer key", "It does not say who issued it.")
    if owner is not None and not same_address(owner, issuer.id):
        return failed("issuer key", f"The key {address} is that of '{owner}', not of '{issuer.id}'.", issuer.lenient)
    if any(same_address(address, own) for own in issuer.keys):
        return passed("issuer key", "The key is one of the issuer's own.", issuer.lenient)
    if not issuer.keys and host(address) == host(issuer.id):
        if not first:
            words = f"The key {address} is on the issuer's site, and only its profile could say that it is its own."
            return unknown("issuer key", words, issuer.lenient)
        note = "the issuer's profile names no key; the key was found on the issuer's site"
        return passed("issuer key", "The key was found on the issuer's own site.", (*issuer.lenient, note))
    return failed("issuer key", f"The key {address} is not among those of the issuer '{issuer.id}'.", issuer.lenient)


async def _key(address: str, issuer: Issuer, documents: Documents) -> tuple[PublicKey, str | None]:
    """The RSA key at an address, and whom it names as its owner: a CryptographicKey, or PEM text (1.x).

    One that the issuer's profile writes out is that of the profile, as published.
    """
    written = _written_out(address, issuer)
    if written is not None:
        return _loaded(str(written["publicKeyPem"]).encode(), address), identifier(written.get("owner"))
    if not web(address):
        raise Unreachable("it names no key")
    answer = await documents.own(address)
    if answer.status != 200:
        raise Unreachable(f"{address} answers with status {answer.status}")
    pem, owner = answer.body.strip(), None
    if not pem.startswith(b"-----BEGIN"):
        document = await documents.object(address)
        pem, owner = str(document.get("publicKeyPem")).encode(), identifier(document.get("owner"))
    return _loaded(pem, address), owner


def _written_out(address: str, issuer: Issuer) -> dict[str, Any] | None:
    """The key of this address as the issuer's own profile has it; None where the profile only names it, or another."""
    if address not in issuer.keys:
        return None
    written = (key for key in listed(issuer.profile.get("publicKey")) if isinstance(key, dict))
    return next((key for key in written if key.get("id") == address and "publicKeyPem" in key), None)


def _loaded(pem: bytes, address: str) -> PublicKey:
    try:
        return checked(load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused(f"there is no public key at {address}") from None
