"""Whether a document says a standard thing under another name, or says it where nobody looks.

A proof signs statements, and whoever decides reads JSON. The same statements can be written as other JSON: the status
of a credential under the full address of the term, under a name that the document's own context makes up, or moved to
another object with the same id. The signature would still hold, and a reader would find no status. Such documents are
refused.
"""

from collections import Counter, defaultdict
from functools import cache

from app.credentials.contexts import ADDED, SHIPPED
from app.credentials.errors import DataRefused, ToldTwice
from app.credentials.jsonld.active import Context
from app.credentials.jsonld.context import embedded, scoped
from app.credentials.jsonld.work import Work

CREDENTIALS = "https://www.w3.org/2018/credentials#"
DECIDING = frozenset(
    f"<{CREDENTIALS}{name}>"
    for name in (
        "credentialStatus",
        "credentialSubject",
        "expirationDate",
        "issuanceDate",
        "issuer",
        "validFrom",
        "validUntil",
        "termsOfUse",
    )
)
"""Properties of a credential that decide whether it is valid."""
BADGES = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
READ_FIRST = frozenset({f"<{CREDENTIALS}credentialSubject>", f"<{BADGES}achievement>", f"<{BADGES}achievement-0>"})
"""Properties of which readers take the first value where there are several."""


def names() -> dict[str, frozenset[str]]:
    """Every IRI that a known context defines, with the names it goes by."""
    return _names(len(ADDED))


@cache
def _names(_: int) -> dict[str, frozenset[str]]:
    """The same, worked out anew where a context was added."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for address in (*SHIPPED, *ADDED):
        _collect(embedded(None, address, Work(contexts=10_000)), spellings, set())
    return {iri: frozenset(terms) for iri, terms in spellings.items()}


def _collect(active: Context, spellings: dict[str, set[str]], seen: set[int]) -> None:
    for name, term in active.terms.items():
        if term.iri is not None:
            spellings[term.iri].add(name)
        if isinstance(term.context, dict) and id(term.context) not in seen:
            seen.add(id(term.context))
            inner = scoped(active, term.context, Work(), propagate=True, override=True)
            _collect(inner, spellings, seen)


def refuse_alias(written: str, iri: str) -> None:
    """Refuse a property or type that has a name in the shipped contexts, and is written in another way."""
    known = names().get(iri)
    if known is not None and written not in known:
        raise DataRefused(f"'{written}' is another way to write '{min(known)}', and would be overlooked: use that name")


def refuse_split(name: str, objects: list[str]) -> None:
    """ToldTwice for what stands twice among the values of a property, of which readers look at the first."""
    named = [target for target in objects if target.startswith("<")]
    if len(named) > len(set(named)):
        raise ToldTwice(f"{name}: the same is described twice, and readers look at one of the two")


class Places:
    """Which object said what decides about a credential: all of it must stand in one place."""

    def __init__(self) -> None:
        self.said: dict[str, list[Counter[tuple[str, str]]]] = {}

    def note(self, subject: str, statements: list[tuple[str, str]]) -> None:
        """What one object says of a subject: predicates and objects; those without a name count as alike."""
        counted = Counter((predicate, "" if target.startswith("_:") else target) for predicate, target in statements)
        self.said.setdefault(subject, []).append(counted)

    def check(self) -> None:
        """Refuse a credential that is described in two places differently."""
        for subject, places in self.said.items():
            if any(place != places[0] for place in places[1:]):
                raise DataRefused(
                    f"the credential {subject} is described in two places, and readers look at one of them"
                )
