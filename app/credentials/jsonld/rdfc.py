"""RDFC-1.0: one text for a set of statements, whatever their unnamed objects were called (W3C Recommendation, 2024).

Naming objects that look alike can take time beyond any measure, and it comes before a signature can be checked. Every
step is counted against a budget, so such a document is refused early and always at the same place.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import permutations

from app.credentials.errors import ProofRefused, TooMuchWork
from app.credentials.jsonld.statements import Quad
from app.credentials.jsonld.work import Work

Hash = Callable[[str], str]


def canonical(quads: Iterable[Quad], work: Work | None = None, algorithm: str = "sha256") -> str:
    """The canonical N-Quads document. TooMuchWork where the budget does not suffice."""
    return "".join(sorted(canonical_lines(quads, work, algorithm)))


def canonical_lines(quads: Iterable[Quad], work: Work | None = None, algorithm: str = "sha256") -> list[str]:
    """The lines of the canonical document, in no order."""
    unique = list(dict.fromkeys(quads))
    names = issued(unique, work or Work(), algorithm)
    return [_line(_renamed(quad, names)) for quad in unique]


def labeled_lines(quads: Iterable[Quad], labels: dict[str, str], work: Work) -> list[str]:
    """The lines of the canonical document under other labels of unnamed objects, in no order.

    ProofRefused where an unnamed object has no label.
    """
    unique = list(dict.fromkeys(quads))
    names = issued(unique, work)
    if missing := [name for name in names.values() if name not in labels]:
        raise ProofRefused(f"proof: {len(missing)} unnamed objects have no label")
    return lines_under(unique, {node: labels[name] for node, name in names.items()})


def lines_under(quads: Iterable[Quad], names: dict[str, str]) -> list[str]:
    """The lines of statements, each once, with names given to unnamed objects."""
    return [_line(_renamed(quad, names)) for quad in dict.fromkeys(quads)]


def issued(quads: list[Quad], work: Work, algorithm: str = "sha256") -> dict[str, str]:
    """The canonical name of every blank node (section 4.4.3). TooMuchWork where they form too long a chain."""
    try:
        return _Canonicalization(quads, work, algorithm).run()
    except RecursionError:
        words = "canonicalization: the document's unnamed objects form a chain longer than any credential needs"
        raise TooMuchWork(words) from None


def _line(quad: Quad) -> str:
    subject, predicate, target, graph = quad
    return f"{subject} {predicate} {target} {graph} .\n" if graph else f"{subject} {predicate} {target} .\n"


def _renamed(quad: Quad, names: dict[str, str]) -> Quad:
    subject, predicate, target, graph = quad
    return names.get(subject, subject), predicate, names.get(target, target), names.get(graph, graph)


class _Issuer:
    """Gives names in the order of asking."""

    __slots__ = ("names", "prefix")

    def __init__(self, prefix: str, names: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.names = names or {}

    def issue(self, node: str) -> str:
        """The name of a node, a new one at the first asking."""
        name = self.names.get(node)
        if name is None:
            name = self.names[node] = f"_:{self.prefix}{len(self.names)}"
        return name

    def copy(self) -> "_Issuer":
        """An issuer that goes on from here without changing this one."""
        return _Issuer(self.prefix, dict(self.names))


class _Canonicalization:
    """The canonicalization state: which statements mention a node, its first hash, the names given."""

    def __init__(self, quads: list[Quad], work: Work, algorithm: str) -> None:
        self.work = work
        self.mentions: dict[str, list[Quad]] = defaultdict(list)
        for quad in quads:
            for node in {part for part in (quad[0], quad[2], quad[3]) if part.startswith("_:")}:
                self.mentions[node].append(quad)
        self.first: dict[str, str] = {}
        self.canonical = _Issuer("c14n")
        digest = getattr(hashlib, algorithm)
        self.hash: Hash = lambda text: digest(text.encode()).hexdigest()

    def run(self) -> dict[str, str]:
        """Name every node."""
        alike: dict[str, list[str]] = defaultdict(list)
        for node in self.mentions:
            self.first[node] = digest = self._first_degree(node)
            alike[digest].append(node)
        hashes = sorted(alike)
        for digest in hashes:
            if len(alike[digest]) == 1:
                self.canonical.issue(alike[digest][0])
        for digest in hashes:
            if len(alike[digest]) > 1:
                self._tell_apart(alike[digest])
        return self.canonical.names

    def _tell_apart(self, nodes: list[str]) -> None:
        """Name nodes that have the same first hash, by what is around them."""
        paths = []
        for node in nodes:
            if node in self.canonical.names:
                continue
            issuer = _Issuer("b")
            issuer.issue(node)
            paths.append(self._n_degree(node, issuer))
        for _, issuer in sorted(paths, key=lambda path: path[0]):
            for node in issuer.names:
                self.canonical.issue(node)

    def _first_degree(self, node: str) -> str:
        """Hash First Degree Quads (section 4.6)."""

        def marked(part: str) -> str:
            if part.startswith("_:"):
                return "_:a" if part == node else "_:z"
            return part

        lines = [_line((marked(s), p, marked(o), marked(g))) for s, p, o, g in self.mentions[node]]
        return self.hash("".join(sorted(lines)))

    def _related(self, related: str, predicate: str, issuer: _Issuer, position: str) -> str:
        """Hash Related Blank Node (section 4.7)."""
        known = self.canonical.names.get(related) or issuer.names.get(related) or self.first[related]
        return self.hash(f"{position}{known}" if position == "g" else f"{position}{predicate}{known}")

    def _n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash N-Degree Quads (section 4.8)."""
        around: dict[str, list[str]] = defaultdict(list)
        for subject, predicate, target, graph in self.mentions[node]:
            self.work.spend()
            for part, position in ((subject, "s"), (target, "o"), (graph, "g")):
                if part != node and part.startswith("_:"):
                    around[self._related(part, predicate, issuer, position)].append(part)
        paths = []
        for target in sorted(around):
            path, issuer = self._shortest(around[target], issuer)
            paths.append(target + path)
        return self.hash("".join(paths)), issuer

    def _shortest(self, related: list[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        """The least path through nodes related in the same way, over all orders of them (section 4.8.2, step 5)."""
        chosen, chosen_issuer = "", issuer
        for order in permutations(related):
            self.work.spend()
            path = self._path(order, issuer.copy(), chosen)
            if path is not None and (not chosen or path[0] < chosen):
                chosen, chosen_issuer = path
        return chosen, chosen_issuer

    def _path(self, order: tuple[str, ...], issuer: _Issuer, chosen: str) -> tuple[str, _Issuer] | None:
        """The path of one order; None once it cannot be the least."""
        path, waiting = "", []
        for node in order:
            self.work.spend()
            if node in self.canonical.names:
                path += self.canonical.names[node]
            else:
                if node not in issuer.names:
                    waiting.append(node)
                path += issuer.issue(node)
            if _worse(path, chosen):
                return None
        for node in waiting:
            digest, issuer = self._n_degree(node, issuer)
            path += f"{issuer.issue(node)}<{digest}>"
            if _worse(path, chosen):
                return None
        return path, issuer


def _worse(path: str, chosen: str) -> bool:
    return bool(chosen) and len(path) >= len(chosen) and path > chosen
