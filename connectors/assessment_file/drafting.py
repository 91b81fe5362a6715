"""A first layout for a file nobody knows: what its columns look like, said in TOML, with its doubts as comments."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.assessment_file.names import plain
from connectors.assessment_file.profile import Column, Role, profiled

SEEN_ROWS = 2000
"""So many rows are looked at."""

WIDE = 110
_WORDS = (
    "scaled?[ _]?scores?|scores?|levels?|percentile(?: rank)?|ptile|performance[ _]?level|proficiency[ _]?level|tier"
    "|benchmark|placement|risk|results?|raw[ _]?scores?|category|se|sem|standard[ _]?error|stderr|std[ _]?err"
    "|final[ _]?date|admin[ _]?date|date of administration|date"
)
_KIND = re.compile(rf"[\s_\-./:(]*(?<![A-Za-z])({_WORDS})(?![a-z])[\s_\-)]*", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"^hs|school|district|corp|campus|building|teacher|staff|class|section|course|group|test|assess|item|form"
)
"""Names of columns whose numbers many learners share."""

_IDS: dict[Role, str] = {
    "district id": "district",
    "state id": "state",
    "sourced id": "sourced",
    "username": "username",
    "account id": "account",
}
_TARGETS: dict[Role, str] = {
    "score": "score",
    "level": "level",
    "percentile": "percentile",
    "standard error": "standard_error",
    "date": "scored_on",
}


@dataclass(slots=True)
class Group:
    """The columns of one result: by target, and by what they have in common in their names."""

    stem: str
    columns: dict[str, Column] = field(default_factory=dict)


def draft(name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The text of a first layout. It parses, maps every column or says why not, and is meant to be read and mended."""
    columns = profiled(header, rows[:SEEN_ROWS])
    return "\n".join(_Draft(name, title, columns, rows[:SEEN_ROWS], list(header)).lines()) + "\n"


class _Draft:
    """One draft: its columns by role, each used once."""

    def __init__(
        self, name: str, title: str, columns: list[Column], rows: Sequence[Sequence[str]], header: list[str]
    ) -> None:
        self.name, self.title, self.rows, self.header = name, title, rows, header
        self.columns = columns
        self.by: dict[Role, list[Column]] = defaultdict(list)
        for column in columns:
            self.by[column.role].append(column)
        self.doubts: list[str] = []
        self.taken: set[str] = set()
        self.codes: dict[str, list[str]] = {}
        self.suffixes: set[str] = set()

    def lines(self) -> Iterable[str]:
        person, tested = self._person(), self._tested()
        around = self._around()
        groups = self._groups()
        results = self._results(groups)
        key, tries = self._key(tested)
        item = list(self._item())
        keep, ignored = self._rest()
        yield f"# A first layout for {self.title}, made from its columns and cells: read it, mend it, try it."
        yield from (f"# DOUBT: {doubt}" for doubt in self.doubts)
        yield f"name = {_text(self.name)}"
        yield f"title = {_text(self.title)}"
        yield f"key = {_list(key)}"
        if tries:
            yield f"tries = {_list(tries)}"
        yield f"signature = {_list(self._signature(groups))}"
        yield f"dates = {_list(self._dates())}"
        if keep:
            yield f"keep = {_list(keep)}"
        yield from results.ranges
        yield from person
        yield from around
        yield from item
        if tested is not None:
            yield from ("", "[common]", f"scored_on = {_text(tested.name)}")
        yield from results.lines
        yield from self._codes()
        yield from ignored

    def _take(self, *roles: Role) -> Column | None:
        for role in roles:
            for column in self.by[role]:
                if column.name not in self.taken:
                    self.taken.add(column.name)
                    return column
        return None

    def _person(self) -> list[str]:
        lines = ["", "[person]", "identifiers = ["]
        ids = [(column, _IDS[role]) for role in _IDS for column in self.by[role]]
        filled = [(column, kind) for column, kind in ids if column.filled] or ids
        if not filled:
            guess = self._nobodys_number()
            self.doubts.append(f"no column looks like a learner's number: {guess.name!r} is a guess")
            filled = [(guess, "other")]
        for whose, kind in filled:
            self.taken.add(whose.name)
            lines.append(f"  {{ type = {_text(kind)}, column = {_text(whose.name)} }},")
        lines.append("]")
        names: tuple[Role, ...] = ("given", "family", "middle")
        lines += [f"{target} = {_text(column.name)}" for target in names if (column := self._take(target))]
        if not (self.by["given"] or self.by["family"]) and (column := self._take("name")):
            comma = sum("," in cell for cell in column.cells) * 2 > len(column.cells)
            lines.append(
                f"name = {{ column = {_text(column.name)}, form = {_text('family, given' if comma else 'full')} }}"
            )
        if column := self._take("birth"):
            lines.append(f"birth_date = {_text(column.name)}")
        if column := self._take("grade"):
            lines.append(f'grade = {{ column = {_text(column.name)}, codes = "grade" }}')
        return lines

    def _nobodys_number(self) -> Column:
        """The column that most likely numbers learners, where none says so: never one of schools, classes or tests."""
        own = [column for column in self.columns if column.filled and not _OF_OTHERS.search(plain(column.name))]
        numbers = [column for column in own if re.search(r"^id|id$|number$", plain(column.name))]
        return max(numbers or own or self.columns, key=lambda column: len(column.cells))

    def _tested(self) -> Column | None:
        dates = [c for c in self.by["date"] if c.filled] or self.by["date"]
        best = sorted(dates, key=lambda c: (_date_rank(plain(c.name)), -c.filled, self.header.index(c.name)))
        if not best:
            self.doubts.append("no column looks like the date of the test: results have no date")
            return None
        if len(best) > 1:
            self.doubts.append(f"the date of the test may also be {', '.join(c.name for c in best[1:4])}")
        self.taken.add(best[0].name)
        return best[0]

    def _around(self) -> list[str]:
        lines: list[str] = []
        for table, name_role, id_role in (
            ("school", "school", "school id"),
            ("district", "district", "district number"),
        ):
            name, number = self._take(name_role), self._take(id_role)  # type: ignore[arg-type]
            if name or number:
                lines += ["", f"[{table}]", f"name = {_text((name or number).name)}"]  # type: ignore[union-attr]
                if name and number:
                    lines.append(f"id = {_text(number.name)}")
        sessions = [column for column in self.by["session"] if column.filled and len(column.cells) <= 60][:3]
        if sessions:
            self.taken.update(column.name for column in sessions)
            lines += ["", "[session]", f"title = {_list([c.name for c in sessions])}", 'type = "term"']
            year = next((c for c in sessions if "year" in plain(c.name)), None)
            if year:
                lines.append(f"school_year = {_text(year.name)}")
        return lines

    def _item(self) -> list[str]:
        lines = ["", "[item]"]
        test = next((c for c in self.by["test"] if c.filled), None)
        if test:
            self.taken.add(test.name)
            lines.append(f"title = {_text(test.name)}")
            keys = [test.name]
        else:
            lines.append(f"title = {{ fixed = {_text(self.title)} }}")
            keys = []
        keys += [c.name for c in self.by["session"] if c.name in self.taken]
        if keys:
            lines.append(f"key = {_list(keys)}")
        return lines

    def _groups(self) -> list[Group]:
        """The results: columns that share what is left of their names without the words for score, level and so on."""
        groups: dict[str, Group] = {}
        for column in self.columns:
            target = _TARGETS.get(column.role)
            if (
                target is None
                or column.name in self.taken
                or (target == "score" and column.filled and not column.numeric)
            ):
                continue
            stem = plain(_KIND.sub(" ", column.name)) or ""
            group = groups.setdefault(stem, Group(stem))
            if target in group.columns:
                group = groups.setdefault(plain(column.name), Group(plain(column.name)))
            if target in group.columns:
                continue
            group.columns[target] = column
            self.taken.add(column.name)
        results = [group for group in groups.values() if {"score", "level"} & group.columns.keys()]
        for group in groups.values():
            if group not in results:
                self.taken.difference_update(column.name for column in group.columns.values())
        if not results:
            self.doubts.append("no column looks like a score or level: say what the results are")
        return results

    def _results(self, groups: list[Group]) -> "_Results":
        """The results in TOML; those of one shape are one entry with a range."""
        results = _Results()
        shapes: dict[tuple[tuple[str, str], ...], list[tuple[str, Group]]] = defaultdict(list)
        for group in groups:
            part = _part([column.name for column in group.columns.values()])
            shape = tuple(
                (target, c.name.replace(part, "{part}") if part else c.name) for target, c in group.columns.items()
            )
            shapes[shape].append((part, group))
        number = 0
        for shape, members in shapes.items():
            parts = [part for part, _ in members]
            if len(set(parts) - self.suffixes) == len(members) > 1 and "{part}" in shape[0][1]:
                number += 1
                self.suffixes.update(part for part, _ in members)
                name = "part" if number == 1 else f"part{number}"
                results.ranges += _range(name, [part for part, _ in members], first=number == 1)
                table = self._table(f"level_{name}", [g.columns["level"] for _, g in members if "level" in g.columns])
                fields = [(t, c.replace("{part}", "{" + name + "}")) for t, c in shape]
                results.lines += _result("{" + name + "}", "{" + name + "}", fields, table)
            else:
                for part, group in members:
                    fields = [(target, column.name) for target, column in group.columns.items()]
                    label = part or next(iter(group.columns.values())).name
                    label = next(iter(group.columns.values())).name if label in self.suffixes else label
                    self.suffixes.add(label)
                    table = self._table(
                        f"level_{len(self.codes) + 1}", [c for t, c in group.columns.items() if t == "level"]
                    )
                    results.lines += _result(label, label, fields, table)
        return results

    def _table(self, name: str, columns: list[Column]) -> str | None:
        """A table of the words that level columns have, if they are words and not many."""
        words = sorted({cell for column in columns for cell in column.cells})
        if not words or len(words) > 40 or all(re.fullmatch(r"[\d.]+", word) for word in words):
            return None
        for known, words_known in self.codes.items():
            if set(words) <= set(words_known):
                return known
        self.codes[name] = words
        return name

    def _codes(self) -> list[str]:
        lines: list[str] = []
        if self.codes:
            lines += ["", "[codes]  # the words seen; a word that is not in its table costs its own value, and is told"]
            lines += [f"{name} = {_list(words)}" for name, words in self.codes.items()]
        return lines

    def _key(self, tested: Column | None) -> tuple[list[str], list[str]]:
        """The columns that tell a learner's rows apart, so far as the rows seen say."""
        whose = [self.header.index(c.name) for role in _IDS for c in self.by[role] if c.filled][:1]
        key = [tested.name] if tested and tested.filled else []
        tries: list[str] = []
        options = [
            *(c.name for c in self.by["attempt"] if c.filled),
            *(c.name for c in self.by["test"] if c.filled),
            *(c.name for c in self.by["session"] if c.filled),
        ]
        if not key:
            key = [options.pop(0)] if options else [self.header[whose[0]] if whose else self.header[0]]
        for option in options:
            if self._distinct(whose, key + tries):
                break
            tries.append(option)
        self.taken.update(tries)
        self.taken.update(key)
        if whose and not self._distinct(whose, key + tries):
            self.doubts.append(
                "rows of one learner are alike in `key` and `tries`: add the column that tells them apart"
            )
        return key, tries

    def _distinct(self, whose: list[int], columns: list[str]) -> bool:
        indexes = [*whose, *(self.header.index(column) for column in columns)]
        rows = [tuple(row[i] for i in indexes if i < len(row)) for row in self.rows]
        return len(set(rows)) == len(rows)

    def _signature(self, groups: list[Group]) -> list[str]:
        names = [column.name for group in groups for column in group.columns.values()]
        names.sort(key=lambda name: (-len(plain(name)), self.header.index(name)))
        return sorted(names[:3], key=self.header.index) or self.header[:3]

    def _dates(self) -> list[str]:
        forms = list(dict.fromkeys(c.form for c in self.columns if c.form and c.name in self.taken))
        if any(form.startswith("%m") for form in forms):
            forms = [form for form in forms if not form.startswith("%d")]
        return [*forms, "iso"] if "iso" not in forms else forms

    def _rest(self) -> tuple[list[str], list[str]]:
        """What no record is made of: kept as it is, or ignored for a reason."""
        rest = [column for column in self.columns if column.name not in self.taken]
        demographic = [c.name for c in rest if c.role == "demographic"]
        roster = [c.name for c in rest if c.role == "roster"]
        keep = [c.name for c in rest if c.role not in ("demographic", "roster")]
        lines = ["", "[ignore]"] if demographic or roster else []
        if demographic:
            lines.append(f'"demographics: the student information system is their source" = {_list(demographic)}')
        if roster:
            lines.append(f'"rosters: the student information system is their source" = {_list(roster)}')
        return keep, lines


@dataclass(slots=True)
class _Results:
    ranges: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def _date_rank(shape: str) -> int:
    order = (
        r"complet|testdate|dateoftest|assessmentdate|administ|admindate|datetaken|testend|takendate|submitted",
        r"test|assess|exam",
        r"start|begin",
    )
    return next((rank for rank, pattern in enumerate(order) if re.search(pattern, shape)), len(order))


def _part(names: list[str]) -> str:
    """What a result's columns have in common: the beginning or the end of their names, without words for the value."""
    if len(names) == 1:
        bare = _KIND.sub("\0", names[0]).strip("\0 -_:/.")
        return max(bare.split("\0"), key=len).strip(" -_:/.") if bare else ""
    head = _common(names).rstrip(" -_:/.(")
    tail = _common([name[::-1] for name in names])[::-1].lstrip(" -_:/.)")
    best = max((head, tail), key=len)
    return best if len(best) > 1 else ""


def _common(names: list[str]) -> str:
    """What all names begin with."""
    least, most = min(names), max(names)
    same = next((index for index, (low, high) in enumerate(zip(least, most, strict=False)) if low != high), None)
    return least if same is None else least[:same]


def _range(name: str, values: list[str], *, first: bool) -> list[str]:
    lines = ["", "[ranges]"] if first else []
    return [*lines, f"{name} = {_list(values)}"]


def _result(suffix: str, title: str, fields: list[tuple[str, str]], table: str | None) -> list[str]:
    lines = ["", "[[results]]", f"suffix = {_text(suffix)}", f"title = {{ fixed = {_text(title)} }}"]
    for target, column in fields:
        if target == "level" and table:
            lines.append(f"level = {{ column = {_text(column)}, codes = {_text(table)} }}")
        else:
            lines.append(f"{target} = {_text(column)}")
    return lines


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(items: Sequence[str]) -> str:
    line = f"[{', '.join(map(_text, items))}]"
    if len(line) <= WIDE:
        return line
    return "[\n" + "".join(f"  {_text(item)},\n" for item in items) + "]"
