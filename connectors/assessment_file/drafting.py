"""A first layout for a file nobody knows: what its columns look like, said in TOML, with its doubts as comments."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from connectors.assessment_file.draft_groups import Group, groups_of, stem_of, stems_of
from connectors.assessment_file.draft_person import IDS, nobodys_rows, person_of
from connectors.assessment_file.draft_results import Results, in_list, in_table, in_text, results_of
from connectors.assessment_file.draft_sheet import Sheet
from connectors.assessment_file.layout import SCHOOL_YEAR
from connectors.assessment_file.layout_files import texts
from connectors.assessment_file.names import AGAIN, Columns, is_pattern, plain
from connectors.assessment_file.profile import Column, Role, profiled
from connectors.assessment_file.record_layout import Positions
from connectors.assessment_file.sources import one_order
from connectors.errors import ConfigError

SEEN_ROWS = 2000
"""So many rows are looked at."""

_BESIDE: frozenset[Role] = frozenset(
    {"other", "blank", "score", "level", "percentile", "standard error", "date", "attempt"}
)
"""Roles of columns that may stand beside a result and be kept with it."""

BASE = "_usual"
"""The base that says what nearly all files have and no layout wants."""


def draft(
    name: str,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    positions: Positions | None = None,
    *,
    roles: Mapping[str, Role] | None = None,
) -> str:
    """The text of a first layout. It parses, maps every column or says why not, and is meant to be read and mended.
    `positions` are those of the columns of a file of fixed width; `roles` are what a person says of single columns.

    ConfigError for a file that is not about learners, or of whose columns none can be a result.
    """
    if not any(header):
        raise ConfigError(f"{title} holds no rows: it is empty, or was cut short. Export it again")
    columns = profiled(header, rows[:SEEN_ROWS], roles)
    lines = [*_Draft(name, title, columns, rows[:SEEN_ROWS], list(header)).lines(), *_placed(positions or {})]
    return "\n".join(lines) + "\n"


def _placed(positions: Positions) -> Iterable[str]:
    """Where the columns of a file of fixed width stand, in TOML."""
    if positions:
        yield from ("", "[positions]")
        yield from (f"{in_text(column)} = [{begins}, {ends}]" for column, (begins, ends) in positions.items())


class _Draft(Sheet):
    """One draft, said in TOML."""

    def __init__(
        self, name: str, title: str, columns: list[Column], rows: Sequence[Sequence[str]], header: list[str]
    ) -> None:
        super().__init__(title, columns, header, rows)
        self.name = name
        self._has_base = True

    def lines(self) -> Iterable[str]:
        person, tested = person_of(self), self._tested()
        around = self._around()
        groups = groups_of(self.columns, self.taken)
        key, tries = self._key(tested)
        item = list(self._item())
        free = [column for column in self.columns if column.name not in self.taken and column.role in _BESIDE]
        results = results_of(groups, self.header, free) if groups else self._guessed()
        self.taken |= results.taken
        keep, ignored = self._rest()
        yield f"# A first layout for {self.title}, made from its columns and cells: read it, mend it, try it."
        yield from (f"# DOUBT: {doubt}" for doubt in self.doubts)
        yield f"name = {in_text(self.name)}"
        if self._has_base:
            yield f"base = {in_text(BASE)}"
        yield f"title = {in_text(self.title)}"
        yield f"key = {in_list(key)}"
        if tries:
            yield f"tries = {in_list(tries)}"
        yield f"signature = {in_list(self._signature(groups))}"
        yield f"dates = {in_list(self._dates())}"
        if keep:
            yield f"keep = {in_list(keep)}"
        yield from nobodys_rows(self)
        yield from results.ranges
        yield from person
        yield from around
        yield from item
        yield from self._common(tested)
        yield from results.lines
        if results.codes:
            yield from (
                "",
                "[codes]  # the words seen; a word that is not in its table costs its own value, and is told",
            )
            yield from (f"{table} = {in_table(words)}" for table, words in results.codes.items())
        yield from ignored

    def _tested(self) -> Column | None:
        parts = stems_of(self.columns)
        days = [c for c in self.by["date"] if plain(stem_of(c.name)) not in parts]
        dates = [c for c in days if c.filled] or days
        best = sorted(dates, key=lambda c: (_date_rank(plain(c.name)), -c.filled, self.header.index(c.name)))
        if not best:
            if len(days) == len(self.by["date"]):
                self.doubts.append("no column looks like the date of the test: results have no date")
            return None
        if len(best) > 1:
            self.doubts.append(f"the date of the test may also be {', '.join(c.name for c in best[1:4])}")
        self.taken.add(best[0].name)
        return best[0]

    def _common(self, tested: Column | None) -> Iterable[str]:
        """What all results of a row share: the day, the subject, what the row is of."""
        lines = [f"scored_on = {in_text(tested.name)}"] if tested else []
        lines += [f"subject = {in_text(test.name)}" for test in self.by["test"] if _is_subject(test)][:1]
        objectives = [objective for objective in self.by["objective"] if objective.name in self.taken]
        named = next((c for c in reversed(objectives) if any(" " in cell for cell in c.cells)), None)
        coded = next((c for c in objectives if not any(" " in cell for cell in c.cells)), None)
        if named:
            lines.append(f"objective_name = {in_text(named.name)}")
        elif coded:
            lines.append(f"title = {in_text(coded.name)}")
        if coded:
            lines.append(f"objective_code = {in_text(coded.name)}")
        if lines:
            yield from ("", "[common]", *lines)

    def _around(self) -> list[str]:
        lines: list[str] = []
        places: tuple[tuple[str, Role, Role], ...] = (
            ("school", "school", "school id"),
            ("district", "district", "district number"),
        )
        for table, name_role, id_role in places:
            self.by[name_role].sort(key=lambda column: table not in plain(column.name))
            name, number = self.take(name_role), self.take(id_role)
            if named := name or number:
                lines += ["", f"[{table}]", f"name = {in_text(named.name)}"]
                if number and (name or number.is_of_numbers):
                    lines.append(f"id = {in_text(number.name)}")
        sessions = [c for c in self.by["session"] if c.filled and len(c.cells) <= 60 and not _is_hour(c)][:3]
        if sessions:
            self.taken.update(column.name for column in sessions)
            year = next((c for c in sessions if "year" in plain(c.name)), None)
            kind = (
                "schoolYear" if all(re.fullmatch(r"[\d /-]+", cell) for c in sessions for cell in c.cells) else "term"
            )
            lines += ["", "[session]", f"title = {in_list([c.name for c in sessions])}", f"type = {in_text(kind)}"]
            if year:
                lines.append(f"school_year = {in_text(year.name)}")
        return lines

    def _item(self) -> list[str]:
        lines = ["", "[item]"]
        test = next((c for c in self.by["test"] if c.filled and not c.is_edition), None)
        if test:
            self.taken.add(test.name)
            lines.append(f"title = {in_text(test.name)}")
            keys = [test.name]
        else:
            lines.append(f"title = {{ fixed = {in_text(self.title)} }}")
            keys = []
        keys += [c.name for c in self.by["session"] if c.name in self.taken]
        if keys:
            lines.append(f"key = {in_list(keys)}")
        return lines

    def _guessed(self) -> Results:
        """A result of the column that may be one, where none looks like a score or level."""
        roles: tuple[Role, ...] = ("percentile", "test", "other")
        for role in roles:
            possible = [c for c in self.by[role] if c.filled and c.name not in self.taken]
            if possible:
                guess = max(possible, key=lambda column: column.filled)
                self.taken.add(guess.name)
                self.doubts.append(
                    f"no column looks like a score or level: {guess.name!r} is a guess. Where none is one, this is no "
                    "file of assessments"
                )
                return Results(lines=["", "[[results]]", f"text_score = {in_text(guess.name)}"])
        raise ConfigError(f"{self.title}: no column can be a result: a layout is for files of assessments")

    def _key(self, tested: Column | None) -> tuple[list[str], list[str]]:
        """The columns that tell a learner's rows apart, so far as the rows seen say."""
        whose = [self.header.index(c.name) for role in IDS for c in self.by[role] if c.filled][:1]
        key, tries = self._by_day(tested, whose)
        options = [
            *(c.name for c in self.by["attempt"] if c.filled),
            *(c.name for c in self.by["test"] if c.filled),
            *(c.name for c in self.by["session"] if c.filled),
        ]
        if not key:
            if self.by["date"] and not tested and not any(column.filled for column in self.by["session"]):
                tries.append(SCHOOL_YEAR)
            elif not options and not tries:
                self.doubts.append("no column tells when: the next file takes the place of what this one says")
            key = [options.pop(0)] if options else [self.header[whose[0]] if whose else self.header[0]]
        tests = [test for test in self.by["test"] if not test.is_edition][:2]
        key += [c.name for c in (*tests, *self.by["objective"]) if c.name not in key and self._is_of_all(c, whose)]
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

    def _by_day(self, tested: Column | None, whose: list[int]) -> tuple[list[str], list[str]]:
        """The day of the test as part of the key; a row may lack it (`Not started`), and is one all the same."""
        if tested is None or not tested.filled:
            return [], []
        parts = stems_of(self.columns)
        days = [tested, *(day for day in self.by["date"] if plain(stem_of(day.name)) not in parts)]
        whole = next((day.name for day in days if self._is_of_all(day, whose)), None)
        return ([whole], []) if whole else ([], [tested.name])

    def _is_of_all(self, column: Column, whose: list[int]) -> bool:
        """Whether each row of a learner fills a column."""
        index = self.header.index(column.name)
        rows = [row for row in self.rows if all(i < len(row) and row[i].strip() for i in whose)]
        return column.filled > 0 and all(index < len(row) and row[index].strip() for row in rows)

    def _distinct(self, whose: list[int], columns: list[str]) -> bool:
        indexes = [*whose, *(self.header.index(column) for column in columns if column in self.header)]
        rows = [tuple(row[i] for i in indexes if i < len(row)) for row in self.rows]
        return len(set(rows)) == len(rows)

    def _signature(self, groups: list[Group]) -> list[str]:
        names = [column.name for group in groups for column in group.columns.values()]
        names.sort(key=lambda name: (bool(AGAIN.search(name)), -len(plain(name)), self.header.index(name)))
        return sorted(names[:3], key=self.header.index) or self.header[:3]

    def _dates(self) -> list[str]:
        """The forms of all dates that are read; month first where some are so and others may be."""
        forms = dict.fromkeys(form for c in self.columns for form in c.forms if c.name in self.taken)
        dates: list[str] = []
        for form in sorted(forms, key=lambda form: form.startswith("%d")):
            try:
                dates = list(one_order((*dates, form)))
            except ValueError:
                self.doubts.append(
                    f"dates like {form} stand beside {', '.join(dates)}: give their column its own `dates`"
                )
        return dates or ["iso"]

    def _rest(self) -> tuple[list[str], list[str]]:
        """What no record is made of: kept as it is, or ignored for a reason, unless the base ignores it."""
        names, patterns = _usual()
        self._has_base = not names & self.taken
        named = names if self._has_base else frozenset[str]()
        usual = Columns.of(named, patterns if self._has_base else ())
        rest = [column for column in self.columns if column.name not in self.taken and column.name not in named]
        reasons: dict[Role, str] = {
            "demographic": "demographics and programs: the student information system is their source",
            "roster": "rosters: the student information system is their source",
            "answer": "item responses: what the scores are made of",
        }
        keep = [c.name for c in rest if c.role not in reasons]
        ignored = {
            why: columns
            for role, why in reasons.items()
            if (columns := [c.name for c in rest if c.role == role and c.name not in usual])
        }
        lines = ["", "[ignore]"] if ignored else []
        return keep, [*lines, *(f"{in_text(why)} = {in_list(columns)}" for why, columns in ignored.items())]


def _usual() -> tuple[frozenset[str], list[str]]:
    """The columns that the base ignores: by their names, and by patterns."""
    entries = [name for names in tomllib.loads(texts()[BASE])["ignore"].values() for name in names]
    return frozenset(name for name in entries if not is_pattern(name)), [name for name in entries if is_pattern(name)]


def _is_hour(column: Column) -> bool:
    """Whether a period is that of a class: the third hour of the day, and no time of the year."""
    return plain(column.name) == "period" and all(re.fullmatch(r"\d\d?", cell) for cell in column.cells)


def _is_subject(test: Column) -> bool:
    """Whether a column names the subject of a test."""
    return test.filled > 0 and re.search(r"subject|content", plain(test.name)) is not None


def _date_rank(shape: str) -> int:
    order = (
        r"complet|finish|^end|testdate|dateoftest|assessmentdate|administ|admindate|datetaken|testend|takendate|submitted",
        r"test|assess|exam",
        r"start|begin",
    )
    return next((rank for rank, pattern in enumerate(order) if re.search(pattern, shape)), len(order))
