"""Whether anybody knows who issued a credential: a signature by a key that nobody knows is no endorsement.

    a list of issuers that somebody keeps (a district, this service, a registry as a file)
    else the issuer's own site: its domain is its identifier, or says at /.well-known/did-configuration.json that it is
    else nobody: whoever likes can make a key, and call it a university

It decides no verdict: what it finds is the first line of the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from app.credentials.errors import CredentialError
from app.credentials.verify.report import Check, passed, unknown
from app.credentials.verify.resolve import Documents, location, plain_host, same_address, web, without_scheme
from app.credentials.verify.shape import identifier, listed

LINKED = "/.well-known/did-configuration.json"
"""Where a site says which identifiers are its own (DIF Well Known DID Configuration)."""


@dataclass(frozen=True, slots=True)
class IssuerList:
    """A list of issuers that somebody keeps: `title` says who; `issuers` are names by identifier."""

    title: str
    issuers: Mapping[str, str | None]

    def name(self, issuer: str) -> str | None:
        """The name that an issuer has on the list ('' without one); None where it is not on it."""
        if issuer in self.issuers:
            return self.issuers[issuer] or ""
        alike = (name for known, name in self.issuers.items() if web(known) and same_address(known, issuer))
        return next((name or "" for name in alike), None)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a credential says that its issuer is: identifier, name and site."""

    id: str | None
    name: str | None = None
    site: str | None = None


def claim(issuer: Any) -> Claim:
    """What a credential says of its issuer."""
    profile = issuer if isinstance(issuer, dict) else {}
    name, site = profile.get("name"), profile.get("url")
    return Claim(
        identifier(issuer),
        name if isinstance(name, str) else None,
        site if isinstance(site, str) and web(site) else None,
    )


async def check(claimed: Claim, owner: Check, lists: tuple[IssuerList, ...], documents: Documents) -> Check:
    """Who knows the issuer. `owner`: whether the key that signed is the issuer's."""
    own = claimed.id
    if own is None or owner.outcome != "passed":
        return unknown("known", f"Nothing shows that it is from {_called(claimed)}.")
    for issuers in lists:
        if (name := issuers.name(own)) is not None:
            return passed("known", _on(issuers, name, claimed), by="list")
    host = _host(own)
    if host is None:
        if (linked := await _linked(claimed, documents)) is not None:
            return passed("known", linked, by="domain")
        words = f"Nobody here knows its issuer: anybody could have made it, and called themselves {_called(claimed)}."
        return unknown("known", words)
    return await _by_domain(claimed, host, documents)


def _on(issuers: IssuerList, name: str, claimed: Claim) -> str:
    words = f"Its issuer is on {issuers.title}{f' as {name!r}' if name else ''}"
    other = name and claimed.name and name.casefold() != claimed.name.casefold()
    return f"{words}; here it calls itself {claimed.name!r}." if other else f"{words}."


async def _by_domain(claimed: Claim, host: str, documents: Documents) -> Check:
    """An issuer whose identifier stands under a domain: known as whoever holds it, if that is its site."""
    site = _site(claimed.site)
    whole = claimed.id is not None and claimed.id.startswith("did:web:") and ":" not in claimed.id[8:]
    if site == host or (site is None and whole):
        place = _below(location(claimed.id or ""))
        who = f"whoever may publish at {place}" if place and not whole else f"whoever holds {host}"
        return passed(
            "known", f"Its issuer is known by its domain alone: {who} made it. No list here names it.", by="domain"
        )
    if (linked := await _linked(claimed, documents)) is not None:
        return passed("known", linked, by="domain")
    gives = f" It gives {claimed.site} as its site, which is not that." if site is not None else ""
    words = f"Nobody here knows its issuer: whoever has the address '{(claimed.id or '')[:200]}' made it.{gives}"
    return unknown("known", words)


async def _linked(claimed: Claim, documents: Documents) -> str | None:
    """In words, that the site an issuer claims says that the identifier is its own; None where it does not."""
    site = urlsplit(claimed.site) if claimed.site is not None and _site(claimed.site) else None
    if site is None or claimed.id is None:
        return None
    try:
        document = await documents.object(f"https://{site.netloc}{LINKED}")
    except CredentialError:
        return None
    named = [_subject(subject) for subject in listed(document.get("linked_dids"))[:50]]
    if claimed.id not in named:
        return None
    return f"Its issuer is known by its site: {site.netloc} says that this identifier is its own."


def _subject(linked: Any) -> str | None:
    """Whom a domain linkage credential is about, where it is written out."""
    subject = linked.get("credentialSubject") if isinstance(linked, dict) else None
    return identifier(subject)


def _host(issuer: str) -> str | None:
    """The host under which an identifier stands; None for one that stands for itself."""
    address = location(issuer)
    return _site(address)


def _site(address: str | None) -> str | None:
    try:
        host = urlsplit(unquote(address)).hostname if address is not None else None
    except ValueError:
        return None
    return plain_host(host).removeprefix("www.") if host else None


def _below(address: str | None) -> str | None:
    """A place below a host, where others may have places too; None for the host as a whole."""
    rest = without_scheme(address or "").removesuffix("/did.json")
    return rest[:200] if "/" in rest.rstrip("/") else None


def _called(claimed: Claim) -> str:
    return repr((claimed.name or claimed.id or "somebody")[:200])
