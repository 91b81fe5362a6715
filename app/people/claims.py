"""What a provider's claims mean here: who somebody is, if their address is vouched for, which roles they get. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from app.people.roles import BOUND, ROLES, Role

GIVEN: frozenset[str] = frozenset(ROLES) - BOUND
"""The roles that a claim can give."""


class Rule(Struct, frozen=True):
    """A claim that holds this value (alone or among others) gives the role; `*` is any value."""

    claim: str
    value: str
    role: str


class Subject(Struct, frozen=True):
    """Somebody as their provider describes them. `email` only where it is vouched for."""

    id: str
    name: str
    email: str | None
    language: str | None
    claims: Mapping[str, Any]


def subject(claims: Mapping[str, Any], *, vouches: bool) -> Subject:
    """Who signs in, by the claims of the ID token and of the provider's user information (OpenID Connect Core 5.1)."""
    email = claims.get("email")
    verified = claims.get("email_verified") in (True, "true") or vouches
    full_name = " ".join(str(claims[part]) for part in ("given_name", "family_name") if claims.get(part))
    locale = claims.get("locale")
    return Subject(
        id=str(claims["sub"]),
        name=str(claims.get("name") or full_name or email or claims["sub"])[:120],
        email=email.strip().casefold() if isinstance(email, str) and "@" in email and verified else None,
        language=locale[:2].lower() if isinstance(locale, str) else None,
        claims=claims,
    )


def roles(rules: Sequence[Rule], claims: Mapping[str, Any]) -> tuple[Role, ...]:
    """The roles that rules give to these claims. A role for one learner is never given by a rule."""
    named = {rule.role for rule in rules if _holds(claims, rule)}
    return tuple(role for role in ROLES if role in named and role not in BOUND)


def left_out(rules: Sequence[Rule], claims: Mapping[str, Any]) -> list[str]:
    """The claims that rules go by and a provider left out of what it says: it keeps them elsewhere.

    OpenID Connect Core 5.6.2 (distributed claims); Microsoft Entra does so with the groups of who is in over 200.
    """
    elsewhere = claims.get("_claim_names")
    names = set(elsewhere) if isinstance(elsewhere, Mapping) else set()
    if claims.get("hasgroups") in (True, "true"):  # Entra's word, where tokens must be short
        names.add("groups")
    tops = {rule.claim.partition(".")[0] for rule in rules}
    return sorted(name for name in names & tops if name not in claims)


def read_rules(lines: Iterable[str]) -> tuple[list[Rule], list[str]]:
    """Rules as they are typed, one a line (`groups = Teachers: teacher`), and the lines that are none."""
    rules: list[Rule] = []
    wrong: list[str] = []
    for line in filter(None, (line.strip() for line in lines)):
        condition, _, role = line.rpartition(":")
        claim, _, value = condition.partition("=")
        rule = Rule(claim.strip(), value.strip(), role.strip().casefold())
        if rule.claim and rule.value and rule.role in GIVEN:
            rules.append(rule)
        else:
            wrong.append(line)
    return rules, wrong


def written(rules: Iterable[Rule]) -> str:
    """Rules as they are typed."""
    return "\n".join(f"{rule.claim} = {rule.value}: {rule.role}" for rule in rules)


def _holds(claims: Mapping[str, Any], rule: Rule) -> bool:
    claim: Any = claims
    for part in rule.claim.split("."):
        claim = claim.get(part) if isinstance(claim, Mapping) else None
    values = claim if isinstance(claim, list) else [claim]
    texts = {str(value).casefold() for value in values if isinstance(value, str | int | bool)}
    return bool(texts) if rule.value == "*" else rule.value.casefold() in texts
