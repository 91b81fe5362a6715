"""A framework as views need it: its competencies in order, what is below what, and what comes before what. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.db.frameworks.frameworks import CompetencyRow, LinkRow
from app.frameworks.case import graph
from app.frameworks.grades import all_codes
from connectors.kit import markup

OUTLINED = ("isChildOf", "precedes")
"""The types of associations an outline is made of."""


@dataclass(slots=True)
class Outline:
    """A framework: competencies by id, in its order; `parents`, `children` by `isChildOf`, `before` by `precedes`."""

    framework: UUID
    title: str
    competencies: dict[UUID, CompetencyRow]
    parents: dict[UUID, list[UUID]] = field(default_factory=dict)
    children: dict[UUID, list[UUID]] = field(default_factory=dict)
    before: dict[UUID, list[UUID]] = field(default_factory=dict)
    _above: dict[UUID, list[UUID]] = field(default_factory=dict)
    _edges: dict[str, list[str]] | None = None

    def ancestors(self, competency: UUID) -> list[UUID]:
        """The competencies above one, the nearest first; a circle is walked once."""
        if competency not in self._above:  # kept: outlines are asked for the same many times
            self._above[competency] = self._walk_up(competency)
        return self._above[competency]

    def _walk_up(self, competency: UUID) -> list[UUID]:
        ancestors: list[UUID] = []
        above = list(self.parents.get(competency, ()))
        while above:
            parent = above.pop(0)
            if parent not in ancestors and parent != competency:
                ancestors.append(parent)
                above += self.parents.get(parent, ())
        return ancestors

    def domain(self, competency: UUID) -> UUID:
        """The part of the framework a competency is in: what stands highest above it, else itself."""
        above = self.ancestors(competency)
        return above[-1] if above else competency

    def leaves(self, grades: Collection[str] = ()) -> list[UUID]:
        """The competencies with none below them, of these grades (however they are written) or all, in order."""
        return [competency for competency in self.of_grades(grades) if not self.children.get(competency)]

    def of_grades(self, grades: Collection[str] = ()) -> list[UUID]:
        """The competencies for these grades or, without any, all; what names no grade is for all of them."""
        codes = {*all_codes(grades)}
        return [
            competency
            for competency, row in self.competencies.items()
            if not codes or not row.education or codes & {*row.education}
        ]

    def in_order(self, competencies: Iterable[UUID], begun: Collection[UUID] = ()) -> list[UUID]:
        """Competencies so that what precedes comes first, then the parts `begun`, else in the framework's order."""
        chosen = {*competencies}
        ordered = [competency for competency in self.competencies if competency in chosen]
        if begun:
            ordered.sort(key=lambda competency: self.domain(competency) not in begun)
        listed = [str(competency) for competency in ordered]
        if self._edges is None:
            self._edges = graph.edges(
                (str(first), str(then)) for then, befores in self.before.items() for first in befores
            )
        return [UUID(competency) for competency in graph.order(self._edges, listed)]


def outline(framework: UUID, title: str, rows: Sequence[CompetencyRow], links: Sequence[LinkRow]) -> Outline:
    """The outline of a framework. Children come in the order of their sequence numbers, else as listed."""
    by_id = {row.id: row for row in rows}
    whole = Outline(framework, title, {})
    position = {row.id: n for n, row in enumerate(rows)}
    below: list[tuple[float, int, UUID, UUID]] = []
    for link in links:
        if link.origin == link.destination or link.origin not in by_id or link.destination not in by_id:
            continue
        if link.type == "isChildOf":
            sequence = float("inf") if link.sequence is None else float(link.sequence)
            below.append((sequence, position[link.origin], link.origin, link.destination))
        elif link.type == "precedes":
            whole.before.setdefault(link.destination, []).append(link.origin)
    for _, _, child, parent in sorted(below):
        whole.children.setdefault(parent, []).append(child)
        whole.parents.setdefault(child, []).append(parent)
    whole.competencies = {competency: by_id[competency] for competency in _walk(rows, whole)}
    return whole


def _walk(rows: Sequence[CompetencyRow], whole: Outline) -> Mapping[UUID, None]:
    """Every competency once, parents before children, top ones as listed; what only circles lead to comes last."""
    walked: dict[UUID, None] = {}
    for start in [*(row.id for row in rows if row.id not in whole.parents), *(row.id for row in rows)]:
        waiting = [start]
        while waiting:
            competency = waiting.pop()
            if competency not in walked:
                walked[competency] = None
                waiting += reversed(whole.children.get(competency, []))
    return walked


def plain(statement: str) -> str:
    """A statement without markup, in one line; that something is less than another is no markup."""
    return markup.plain(statement.replace("**", ""))
