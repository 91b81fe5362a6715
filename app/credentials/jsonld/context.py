"""Active contexts, worked out once and kept: the context processing of JSON-LD 1.1, section 4.1.

What it does not cover is refused and never guessed: @import, @base, @reverse, @nest, @index, relative @vocab, contexts
by address that are not shipped here.
"""

from functools import lru_cache
from typing import Any

from app.credentials.contexts import shipped
from app.credentials.errors import ContextRefused
from app.credentials.jsonld.active import Context
from app.credentials.jsonld.definition import define
from app.credentials.jsonld.terms import flag
from app.credentials.jsonld.work import Work

ENTRIES = 64
FIRST = 32
"""First contexts kept: combinations of addresses that documents begin with."""


def scoped(active: Context, local: Any, work: Work, *, propagate: bool, override: bool) -> Context:
    """The context that follows where a term brings one of its own; `local` is part of a context that is kept."""
    key = (id(local), propagate, override)
    if (known := active.derived.get(key)) is not None:
        return known[1]
    context = following(active, local, work, propagate=propagate, override=override)
    _keep(active, key, local, context)
    return context


def embedded(active: Context | None, local: Any, work: Work) -> Context:
    """The context that follows where a document names contexts, or brings its own; `active` None at its beginning."""
    names = local if isinstance(local, list) else [local]
    if not all(isinstance(name, str) for name in names):
        own = [Local(_unwrapped(name)) if isinstance(name, dict) else name for name in names]
        return following(active or Context(shared=True), own, work)
    key = tuple(names)
    if active is None:
        return _first(key)
    if (known := active.derived.get(key)) is not None:
        return known[1]
    context = following(active, local, work)
    _keep(active, key, local, context)
    return context


def _unwrapped(local: dict[str, Any]) -> dict[str, Any]:
    """A context; out of a whole context document where that was written out, which many processors read the same."""
    inner = local.get("@context")
    return inner if isinstance(inner, dict) and len(local) == 1 else local


@lru_cache(maxsize=FIRST)
def _first(names: tuple[str, ...]) -> Context:
    return following(Context(shared=True), list(names), Work())


def _keep(active: Context, key: Any, local: Any, context: Context) -> None:
    """Keep what follows from shipped contexts for every document, what follows from a document's own for itself."""
    if active.shared and (not context.shared or active.family[0] <= 0):
        return
    active.family[0] -= 1
    active.derived[key] = (local, context)


def following(active: Context, local: Any, work: Work, *, propagate: bool = True, override: bool = False) -> Context:
    """Work out the context that follows from `local` (a context, its address, or a list of them)."""
    entries = local if isinstance(local, list) else [local]
    if len(entries) > ENTRIES:
        raise ContextRefused(f"@context: {len(entries)} entries, and {ENTRIES} is the most")
    if isinstance(local, dict) and "@propagate" in local:
        propagate = flag(local, "@propagate")
    result = active.copy()
    if not propagate and result.previous is None:
        result.previous = active
    for entry in entries:
        work.context()
        if entry is None:
            result = _emptied(result, propagate=propagate, override=override)
        elif isinstance(entry, str):
            result = _named(result, entry, work, override=override)
        elif isinstance(entry, dict):
            result.shared = result.shared and not isinstance(entry, Local)
            if not result.shared:  # what is made of shipped contexts alone is kept, and costs nobody twice
                work.define(len(entry))
            define(result, entry, override=override)
        else:
            raise ContextRefused(f"@context: {entry!r} is no context: give its address")
    return result


class Local(dict[str, Any]):
    """A context written out inside a document: what follows from it is not kept for other documents."""


def _emptied(result: Context, *, propagate: bool, override: bool) -> Context:
    if not override and any(term.protected for term in result.terms.values()):
        raise ContextRefused("@context: null would remove protected terms")
    context = Context(shared=result.shared, family=result.family)
    if not propagate:
        context.previous = result
    return context


def _named(result: Context, address: str, work: Work, *, override: bool) -> Context:
    """Apply a shipped context: none of them names another, so this ends."""
    return following(result, shipped(address), work, override=override)
