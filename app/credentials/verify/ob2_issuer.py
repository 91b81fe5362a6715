"""The issuer of a badge before 3.0: its profile, what it may host, the keys it signs with."""

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.credentials import jwt
from app.credentials.errors import CredentialError, KeyRefused, Unreadable
from app.credentials.keys import PublicKey, checked
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, origin, web
from app.credentials.verify.shape import identifier, listed
from app.credentials.verify.vc import text

ISSUERS = ("Issuer", "Profile", "IssuerOrg")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A profile read apart. `starts` and `origins`: where it may host assertions; `keys`: the ids of its keys."""

    id: str | None = None
    name: str | None = None
    starts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    revocations: str | None = None
    lenient: tuple[str, ...] = ()


async def embedded_or_fetched(value: Any, documents: Documents) -> dict[str, Any]:
    """A badge class or profile that is written out, or found at its address."""
    if isinstance(value, dict) and "name" in value:
        return value
    address = identifier(value)
    if address is None or not web(address):
        raise Unreachable(f"{value!r} is no address")
    return {"id": address} | await documents.object(address)


async def issuer(badge: dict[str, Any], documents: Documents) -> Issuer:
    """The issuer of a badge class, from the issuer's own address where it has one."""
    told = badge.get("issuer")
    address = identifier(told)
    if address is None and isinstance(told, dict):
        address = told.get("origin") or told.get("url")  # Open Badges 1.0
        return Issuer(address if isinstance(address, str) else None, text(told.get("name")))
    profile = (
        await documents.object(address) if address and web(address) else await embedded_or_fetched(told, documents)
    )
    if not any(kind in ISSUERS for kind in listed(profile.get("type", "Issuer"))):
        raise Unreadable(f"{address} is no issuer but {profile.get('type')!r}")
    lenient: tuple[str, ...] = ()
    found = identifier(profile) or address or ""
    if found != address:
        if origin(found) is None or origin(found) != origin(address or ""):
            raise Unreadable(f"the profile at {address} calls itself '{found}'")
        lenient = (f"the profile at {address} calls itself '{found}'",)
    return _profile(found, profile, lenient)


def _profile(id: str, profile: dict[str, Any], lenient: tuple[str, ...]) -> Issuer:
    verification = profile.get("verification")
    rules = verification if isinstance(verification, dict) else {}
    revocations = identifier(profile.get("revocationList"))
    return Issuer(
        id,
        text(profile.get("name")),
        tuple(one for one in listed(rules.get("startsWith")) if isinstance(one, str)),
        tuple(one for one in listed(rules.get("allowedOrigins")) if isinstance(one, str)),
        tuple(one for key in listed(profile.get("publicKey")) if (one := identifier(key)) is not None),
        revocations,
        lenient,
    )


def owns(issuer: Issuer, address: str) -> Check:
    """Whether an issuer hosts assertions at an address: as its profile says, else on its own site (2.0, 4.2)."""
    if issuer.id is None:
        return unknown("issuer key", "It does not say who issued it.")
    if issuer.starts:
        allowed = any(address.startswith(start) and origin(start) == origin(address) for start in issuer.starts)
    else:
        hosts = set(issuer.origins) or {_host(issuer.id)}
        allowed = _host(address) in hosts
    if not allowed:
        return failed("issuer key", f"The issuer '{issuer.id}' does not host badges at {address}.", issuer.lenient)
    return passed("issuer key", "Its address is its issuer's.", issuer.lenient)


def _host(address: str) -> str:
    return (origin(address) or "").partition("://")[2].rstrip(":")


async def signed(token: jwt.Token, key: str, issuer: Issuer, documents: Documents) -> tuple[Check, Check]:
    """Check the JWS of an assertion: the signature, and that the key is its issuer's."""
    nobody = unknown("issuer key", "Without a signature that holds, nobody stands for it.")
    address = key or (issuer.keys[0] if len(issuer.keys) == 1 else "")
    try:
        public, owner = await _key(address, documents)
        jwt.check(token, public)
    except Unreachable as error:
        return unknown("proof", f"The key it was signed with is not known: {error}."), nobody
    except CredentialError as error:
        return failed("proof", f"Its signature does not hold: {error}."), nobody
    return passed("proof", "It is unchanged since it was signed."), _owner(address, owner, issuer)


def _owner(address: str, owner: str | None, issuer: Issuer) -> Check:
    if issuer.id is None:
        return unknown("issuer key", "It does not say who issued it.")
    if address in issuer.keys:
        return passed("issuer key", "The key is one of the issuer's own.", issuer.lenient)
    if not issuer.keys and owner in (None, issuer.id) and origin(address) == origin(issuer.id):
        note = "the issuer's profile names no key; the key was found on the issuer's site"
        return passed("issuer key", "The key was found on the issuer's own site.", (*issuer.lenient, note))
    return failed("issuer key", f"The key {address} is not among those of the issuer '{issuer.id}'.", issuer.lenient)


async def _key(address: str, documents: Documents) -> tuple[PublicKey, str | None]:
    """The RSA key at an address, and whom it names as its owner: a CryptographicKey, or PEM text (1.x)."""
    if not web(address):
        raise Unreachable("it names no key")
    answer = await documents.get(address)
    if answer.status != 200:
        raise Unreachable(f"{address} answers with status {answer.status}")
    pem, owner = answer.body.strip(), None
    if not pem.startswith(b"-----BEGIN"):
        document = await documents.object(address)
        pem, owner = str(document.get("publicKeyPem")).encode(), identifier(document.get("owner"))
    try:
        return checked(load_pem_public_key(pem)), owner
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"there is no public key at {address}: {error}") from None
