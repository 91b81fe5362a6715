"""The results of a drafted layout: columns that belong together, by their names, said in TOML."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from connectors.assessment_file.names import plain
from connectors.assessment_file.profile import Column, Role
from connectors.assessment_file.reading import is_no_level

WIDE = 110
MOST_WORDS = 40
"""A column of more different words than that has no table of them."""

_WORDS = (
    "scaled?[ _]?scores?|scores?|levels?|percentile(?: rank)?|ptile|performance[ _]?level|proficiency[ _]?level|tier"
    "|benchmark|placement|risk|results?|raw[ _]?scores?|category|se|sem|standard[ _]?error|stderr|std[ _]?err"
    "|final[ _]?date|admin[ _]?date|date of administration|date"
)
_KIND = re.compile(rf"[\s_\-./:(]*(?<![A-Za-z])({_WORDS})(?![a-z])[\s_\-)]*", re.IGNORECASE)
_GLUED = re.compile(
    r"(?P<head>[A-Za-z0-9 _]*[A-Za-z0-9])_?"
    r"(?:(?:Scaled?|Raw)?Score|SSSEM|SS|RS|SEM|NPR|PR|Lev(?:el)?|Percentile|Pctl|Risk|Tier)"
    r"|(?:Level|Lev|Scaled?Score|Score|Percentile|SS|Tier)_?(?P<tail>[A-Z][A-Za-z0-9 _]*)"
)
"""Names in which the word for the value is glued to what it is of: MathSS and MathLev, LevelELA."""

_WHOLE = re.compile(
    r"(test|assessment|student)?(overall|composite|total|scale|sum)?(test|assessment|percent(correct)?|ss|points)?"
)
"""What is left of the names of a test's own columns, without the words for score and level."""

_TARGETS: dict[Role, str] = {
    "score": "score",
    "level": "level",
    "percentile": "percentile",
    "standard error": "standard_error",
    "date": "scored_on",
}
_UNITS = (
    (r"scaled?score|(?<![a-z])ss$|^ss$|scaled$", "scale score"),
    (r"rawscore|(?<![a-z])rs$", "raw score"),
    (r"percent|pct|perccorr", "percent"),
    (r"^rit|rit(score)?$", "RIT"),
    (r"lexile", "Lexile"),
    (r"quantile", "Quantile"),
    (r"standardscore", "standard score"),
    (r"(?<![a-z])tscore", "T score"),
    (r"(?<!max)points(earned)?$", "points"),
)
"""Units of scores, by what columns are called."""

Said = tuple[str, str]  # an entry of a result, and its value in TOML


@dataclass(slots=True)
class Group:
    """The columns of one result: by target, and by what they have in common in their names."""

    stem: str
    columns: dict[str, Column] = field(default_factory=dict)
    whole: bool = False

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns.values()]


@dataclass(slots=True)
class Results:
    """The results of a layout in TOML: its ranges, its results, the words of its tables."""

    ranges: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    codes: dict[str, list[str]] = field(default_factory=dict)
    suffixes: set[str] = field(default_factory=set)


def groups_of(columns: Sequence[Column], taken: set[str]) -> list[Group]:
    """The results: columns that share what is left of their names without the words for score, level and so on.

    What is made a result of is added to `taken`. The test's own result is first, where one is told.
    """
    groups: dict[str, Group] = {}
    for column in columns:
        target = _TARGETS.get(column.role)
        if target is None or column.name in taken or (target == "score" and column.filled and not column.numeric):
            continue
        stem = plain(_stem(column.name))
        group = groups.setdefault(stem, Group(stem))
        if target in group.columns:
            group = groups.setdefault(plain(column.name), Group(plain(column.name)))
        group.columns.setdefault(target, column)
    results = [group for group in groups.values() if {"score", "level"} & group.columns.keys()]
    rest = [group for group in groups.values() if group not in results]
    own = _own(results)
    if own is not None:
        own.whole = True
        for group in rest:
            if _WHOLE.fullmatch(group.stem):
                own.columns |= {target: column for target, column in group.columns.items() if target not in own.columns}
        results.sort(key=lambda group: not group.whole)
    taken.update(name for group in results for name in group.names)
    return results


def _own(results: Sequence[Group]) -> Group | None:
    """The result of the whole test: the only one, or the one whose columns are called by nothing else."""
    if len(results) == 1:
        return results[0]
    return next((group for group in results if _WHOLE.fullmatch(group.stem)), None)


def results_of(groups: Sequence[Group]) -> Results:
    """The results in TOML; those of one shape are one entry with a range."""
    results = Results()
    shapes: dict[tuple[tuple[str, str, str], ...], list[tuple[str, Group]]] = defaultdict(list)
    for group in groups:
        if group.whole:
            results.lines += _result("", "", list(_said(group, _table(results, "level", [group]))))
            continue
        part = _part(group.names)
        shape = tuple(
            (target, c.name.replace(part, "{part}") if part else c.name, json.dumps(c.dressed()))
            for target, c in group.columns.items()
        )
        shapes[shape].append((part, group))
    number = 0
    for shape, members in shapes.items():
        parts = [part for part, _ in members]
        if len(set(parts) - results.suffixes) == len(members) > 1 and "{part}" in shape[0][1]:
            number += 1
            results.suffixes.update(parts)
            name = "part" if number == 1 else f"part{number}"
            results.ranges += [*(["", "[ranges]"] if number == 1 else []), f"{name} = {in_list(parts)}"]
            table = _table(results, f"level_{name}", [group for _, group in members])
            entries = _said(members[0][1], table, members[0][0], "{" + name + "}")
            results.lines += _result("{" + name + "}", "{" + name + "}", list(entries))
        else:
            for part, group in members:
                label = part if part and part not in results.suffixes else group.names[0]
                results.suffixes.add(label)
                table = _table(results, f"level_{len(results.codes) + 1}", [group])
                results.lines += _result(label, label, list(_said(group, table)))
    return results


def _said(group: Group, table: str | None, part: str = "", name: str = "") -> Iterator[Said]:
    """The entries of a result: its columns, with the range's name in the place of its part, and the score's unit."""
    for target, column in group.columns.items():
        title = column.name.replace(part, name) if part else column.name
        ways: dict[str, str | bool | list[str]] = column.dressed() if target == "score" else {}
        if target == "level" and table:
            ways = {"codes": table}
        yield target, _table_of({"column": title} | ways) if ways else in_text(title)
        if target == "score" and (unit := unit_of(column)):
            yield "unit", _table_of({"fixed": unit})
            if unit == "percent":
                yield from (("minimum", "{ fixed = 0 }"), ("maximum", "{ fixed = 100 }"))


def unit_of(column: Column) -> str | None:
    """The unit of a score, where its name or its cells tell it."""
    if column.dressed().get("percent"):
        return "percent"
    if column.name.endswith(("SS", "RS")):
        return "scale score" if column.name.endswith("SS") else "raw score"
    shape = plain(column.name)
    return next((unit for pattern, unit in _UNITS if re.search(pattern, shape)), None)


def _table(results: Results, name: str, groups: Sequence[Group]) -> str | None:
    """A table of the words that level columns have, if they are words and not many."""
    columns = [group.columns["level"] for group in groups if "level" in group.columns]
    words = sorted({cell for column in columns for cell in column.cells if not is_no_level(cell)})
    if not words or len(words) > MOST_WORDS or all(re.fullmatch(r"[\d.]+", word) for word in words):
        return None
    for known, words_known in results.codes.items():
        if set(words) <= set(words_known):
            return known
    results.codes[name] = words
    return name


def _stem(name: str) -> str:
    """What a column's name says besides what kind of value it holds."""
    bare = _KIND.sub(" ", name)
    if bare != name or (glued := _GLUED.fullmatch(name)) is None:
        return bare
    return glued["head"] or glued["tail"]


def _part(names: list[str]) -> str:
    """What a result's columns have in common: the beginning or the end of their names, without words for the value."""
    glued = {_stem(name) for name in names if _GLUED.fullmatch(name)}
    if len(glued) == 1 and all((part := next(iter(glued))) in name for name in names) and part not in names:
        return part.strip(" _")
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


def _result(suffix: str, title: str, entries: Sequence[Said]) -> list[str]:
    named = [f"suffix = {in_text(suffix)}", f"title = {{ fixed = {in_text(title)} }}"] if suffix else []
    return ["", "[[results]]", *named, *(f"{target} = {value}" for target, value in entries)]


def in_text(text: str) -> str:
    """A text in TOML."""
    return json.dumps(text, ensure_ascii=False)


def in_list(items: Sequence[str]) -> str:
    """A list of texts in TOML, on several lines where it is long."""
    line = f"[{', '.join(map(in_text, items))}]"
    if len(line) <= WIDE:
        return line
    return "[\n" + "".join(f"  {in_text(item)},\n" for item in items) + "]"


def _table_of(values: dict[str, str | bool | list[str]]) -> str:
    return (
        "{ " + ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()) + " }"
    )
