"""Results of one shape in a drafted layout: `{part} Score` and `{part} Level`, each once for all their parts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.assessment_file.draft_groups import TARGETS, Group, part_of
from connectors.assessment_file.profile import Column, is_dated

PART = "{part}"
TITLE = "{part:title}"
_ROLES = {target: role for role, target in TARGETS.items()}
LEAST_WORD = 3
"""What names have in common is a word of them from more characters on."""


@dataclass(slots=True)
class Shape:
    """Results whose columns are called alike but for one part: the names by target, and the groups by their parts.

    `keep` are the names of columns that are kept with each, as the names of its own columns are.
    """

    names: dict[str, str]
    members: dict[str, Group]
    keep: list[str] = field(default_factory=list)
    title: str = TITLE


class Shapes:
    """The results of a file but for that of the whole test, by shape.

    `header` are all columns; `free` those that nothing is made of yet, by name. Blank ones that are called as those
    of a shape are (`Spring Score` beside `Fall Score`) are results, too, and what stands beside several is kept there.
    """

    def __init__(self, groups: Sequence[Group], header: Iterable[str], free: Sequence[Column]) -> None:
        self._header = frozenset(header)
        self._free = {column.name: column for column in free}
        shapes: list[Shape] = []
        for group in groups:
            self._add(shapes, group)
        self.shapes = [beheaded(cut) for shape in shapes for cut in cut_up(shape)]
        for shape in self.shapes:
            if len(shape.members) > 1:
                self._fill(shape)
        for shape in self.shapes:
            self._keep(shape)

    def _add(self, shapes: list[Shape], group: Group) -> None:
        part = part_of(group.names)
        names = {target: c.name.replace(part, PART) if part else c.name for target, c in group.columns.items()}
        if not all(PART in name for name in names.values()):
            shapes.append(Shape(dict(zip(group.columns, group.names, strict=True)), {group.names[0]: group}))
            return
        for shape in shapes:
            if part not in shape.members and is_near(shape.names, names):
                members = {**shape.members, part: group}
                if self._is_told_by(shape.names | names, members):
                    shape.names |= names
                    shape.members[part] = group
                    return
        shapes.append(Shape(names, {part: group}))

    def _is_told_by(self, names: Mapping[str, str], members: Mapping[str, Group]) -> bool:
        """Whether names lead to the members' own columns, to blank ones that may be theirs, or to none of the file."""
        for target, name in names.items():
            for part, group in members.items():
                column = name.replace(PART, part)
                if target not in group.columns and column in self._header:
                    free = self._free.get(column)
                    if free is None or not self._is_blank(free, target):
                        return False
        return True

    def _fill(self, shape: Shape) -> None:
        """Add the columns of a shape that no row fills, of its parts and of further ones."""
        for target, name in shape.names.items():
            before, _, after = name.partition(PART)
            for column in [c for c in self._free.values() if self._is_blank(c, target)]:
                part = column.name[len(before) : len(column.name) - len(after)]
                known = part in shape.members and target not in shape.members[part].columns
                new = part not in shape.members and part.strip(" _-") and len(before + after) > LEAST_WORD
                if column.name != before + part + after or not (known or new):
                    continue
                group = shape.members.get(part) or Group(part)
                if self._is_told_by({t: n for t, n in shape.names.items() if t != target}, {part: group}):
                    group.columns[target] = column
                    shape.members[part] = group
                    del self._free[column.name]

    def _is_blank(self, column: Column, target: str) -> bool:
        if is_dated(column.name) != (target == "scored_on"):
            return False
        return not column.filled and column.role in ("blank", _ROLES[target])

    def _keep(self, shape: Shape) -> None:
        """Keep what stands beside the results of a shape, if it does so for several: `MathStatus` by `MathScore`."""
        beside: dict[str, list[tuple[Group, str]]] = defaultdict(list)
        heads = list(dict.fromkeys(name.partition(PART)[0] for name in shape.names.values() if PART in name))
        for part, group in shape.members.items():
            for column in self._free:
                for head in heads:
                    behind = column.removeprefix(head + part)
                    if behind != column and is_word(behind):
                        beside[head + PART + behind].append((group, column))
                        break
        for name, pairs in beside.items():
            columns = [name.replace(PART, part) for part in shape.members]
            if len(pairs) > 1 and all(column in self._free or column not in self._header for column in columns):
                shape.keep.append(name)
                for group, column in pairs:
                    group.keep.append(column)
                    del self._free[column]


def is_near(names: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether two results are called alike, so far as both have a column for a thing; one may lack some."""
    both = names.keys() & others.keys()
    if names.keys() != others.keys() and any(names[target] == PART for target in both):
        return False
    return len(both) == min(len(names), len(others)) and all(names[target] == others[target] for target in both)


def cut_up(shape: Shape) -> list[Shape]:
    """A shape whose parts are whole names, as one shape for each word that several of them begin with."""
    if len(shape.members) < 2 or set(shape.names.values()) != {PART}:
        return [shape]
    families: dict[tuple[bool, str], dict[str, Group]] = defaultdict(dict)
    for part, group in shape.members.items():
        families["(" in part, re.split(r"[ _\-:]", part)[0]][part] = group
    alone: dict[bool, dict[str, Group]] = {False: {}, True: {}}
    cut = []
    for (is_bracketed, _), members in families.items():
        head = head_of(members) if len(members) > 1 else ""
        if head:
            shorter = {part.removeprefix(head): group for part, group in members.items()}
            cut.append(Shape(dict.fromkeys(shape.names, head + PART), shorter, title=head + TITLE))
        else:
            alone[is_bracketed].update(members)
    return [*(Shape(dict(shape.names), members) for members in alone.values() if members), *cut]


def beheaded(shape: Shape) -> Shape:
    """A shape with the words that all its parts begin with in its names, and not in the parts."""
    head = head_of(shape.members) if len(shape.members) > 1 else ""
    if not head:
        return shape
    names = {target: name.replace(PART, head + PART) for target, name in shape.names.items()}
    return Shape(names, {part.removeprefix(head): group for part, group in shape.members.items()})


def head_of(names: Iterable[str]) -> str:
    """The words that all names begin with, with what stands behind them; "" where nothing would be left of one."""
    least, most = min(names), max(names)
    same = next((n for n, (low, high) in enumerate(zip(least, most, strict=False)) if low != high), len(least))
    words = re.match(r".*[ _\-:]+", least[:same])
    head = words[0] if words else ""
    return head if len(head) > LEAST_WORD and len(least) > len(head) else ""


def is_word(behind: str) -> bool:
    """Whether what follows a part is another word."""
    return bool(behind) and not behind[0].islower() and not behind[0].isdigit()
