"""The results of a drafted layout, said in TOML."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.assessment_file.draft_groups import Group
from connectors.assessment_file.draft_shapes import PART, TITLE, Shape, Shapes
from connectors.assessment_file.profile import Column, spoken
from connectors.assessment_file.reading import is_no_level

WIDE = 110
MOST_WORDS = 40
"""A column of more different words than that has no table of them."""

_UNITS = (
    (r"scaled?score|(?<![a-z])ss$|^ss$|scaled$", "scale score"),
    (r"rawscore|(?<![a-z])rs$|raw$", "raw score"),
    (r"(percent|pct)correct", "percent correct"),
    (r"percent|pct|perccorr", "percent"),
    (r"^rit|rit(score)?$", "RIT"),
    (r"lexile", "Lexile"),
    (r"quantile", "Quantile"),
    (r"standardscore", "standard score"),
    (r"(?<![a-z])tscore", "T score"),
    (r"(?<!max)points(earned)?$", "points"),
)
"""Units of scores, by what columns are called."""

STATUS = {
    **dict.fromkeys(("Complete", "Completed", "Finished", "Scored"), "fully graded"),
    **dict.fromkeys(("Incomplete", "In Progress", "Partial", "Paused"), "partially graded"),
    **dict.fromkeys(("Not Started", "Not Tested", "Absent"), "not tested"),
    **dict.fromkeys(("Exempt", "Excused"), "exempt"),
}
"""Words for how far a test came, and what they mean."""

_NAME = re.compile(r"\{part\}[ _]?Name", re.IGNORECASE)
"""What a column is called that names what a result is of."""

Said = tuple[str, str]  # an entry of a result, and its value in TOML
Dress = dict[str, str | bool | list[str]]


@dataclass(slots=True)
class Results:
    """The results of a layout in TOML: its ranges, its results, the words of its tables; and what is kept with them."""

    ranges: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    codes: dict[str, list[str] | dict[str, str]] = field(default_factory=dict)
    suffixes: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)


def results_of(groups: Sequence[Group], header: Sequence[str], free: Sequence[Column]) -> Results:
    """The results in TOML; those of one shape are one entry with a range. `free` are columns that nothing is made of
    yet.
    """
    results = Results()
    for group in groups:
        if group.whole:
            status = next((column for column in free if _is_status(column)), None)
            names = {target: column.name for target, column in group.columns.items()}
            table = _table(results, "level", [group])
            results.lines += _result(
                "", "", [*_entries(names, [group], table), *_stated(results, status), *_kept_columns(group.keep)]
            )
    for shape in Shapes([group for group in groups if not group.whole], header, free).shapes:
        for group in shape.members.values():
            results.taken.update((*group.names, *group.keep))
        is_one = len(shape.members) == 1 or PART not in next(iter(shape.names.values()))
        if is_one or not results.suffixes.isdisjoint(shape.members):
            _alone(results, shape)
        else:
            _ranged(results, shape)
    return results


def _ranged(results: Results, shape: Shape) -> None:
    """The results of a shape as one entry, with a range of its parts."""
    results.suffixes.update(shape.members)
    number = sum(line.startswith("part") for line in results.ranges) + 1
    part = "part" if number == 1 else f"part{number}"
    results.ranges += [*(["", "[ranges]"] if number == 1 else []), f"{part} = {in_list(list(shape.members))}"]
    table = _table(results, f"level_{part}", list(shape.members.values()))
    names = next((column for column in shape.keep if _NAME.fullmatch(column) and _is_of_all(shape, column)), None)
    others = [column for column in (*shape.keep, *_raw_of(shape)) if column != names]
    entries = [*_entries(shape.names, list(shape.members.values()), table), *_kept_columns(others)]
    if names:
        lines = _result(PART, "", [("objective_name", in_text(names)), *entries])
    else:
        lines = _result(PART, shape.title, entries)
    results.lines += [line.replace("{part", "{" + part) for line in lines]


def _is_status(column: Column) -> bool:
    """Whether a column says how far a test came: `Completed`, `In Progress`."""
    return spoken(column.name).endswith("status") and bool(column.cells) and column.cells.keys() <= STATUS.keys()


def _stated(results: Results, status: Column | None) -> Iterator[Said]:
    """How far a test came; a row that tells that alone is a result, too."""
    if status is not None:
        results.taken.add(status.name)
        results.codes["status"] = {word: STATUS[word] for word in sorted(status.cells)}
        yield "status", _table_of({"column": status.name, "codes": "status"})
        yield "exists_with", in_list([status.name])


def _is_of_all(shape: Shape, name: str) -> bool:
    """Whether each result of a shape has such a column."""
    return all(name.replace(PART, part) in group.keep for part, group in shape.members.items())


def _alone(results: Results, shape: Shape) -> None:
    """Each result of a shape by itself."""
    for part, group in shape.members.items():
        label = next(name for name in (part, *group.names) if name not in results.suffixes)
        results.suffixes.add(label)
        table = _table(results, f"level_{len(results.codes) + 1}", [group])
        names = {target: column.name for target, column in group.columns.items()}
        title = shape.title.replace(TITLE, part) if label == part else label
        results.lines += _result(label, title, [*_entries(names, [group], table), *_kept_columns(group.keep)])


def _raw_of(shape: Shape) -> list[str]:
    """The raw scores that are kept with the results of a shape: as one name, if all are called alike."""
    named = {name.replace(PART, part) for part in shape.members for name in shape.keep}
    names: dict[str, None] = {}
    for part, group in shape.members.items():
        for column in group.keep:
            if column not in named:
                names[column.replace(part, PART)] = None
    return list(names)


def _kept_columns(columns: Sequence[str]) -> Iterator[Said]:
    if columns:
        yield "keep", in_list(list(columns))


def _entries(names: dict[str, str], groups: Sequence[Group], table: str | None) -> Iterator[Said]:
    """The entries of a result: its columns by `names`, the ways in which their cells are written, the score's unit."""
    for target, name in names.items():
        columns = [group.columns[target] for group in groups if target in group.columns]
        ways = _dress(columns) if target == "score" else {}
        if target == "level" and table:
            ways = {"codes": table}
        yield target, _table_of({"column": name} | ways) if ways else in_text(name)
        if target == "score" and (unit := unit_of(columns[0], ways)):
            yield "unit", _table_of({"fixed": unit})
            if unit == "percent":
                yield from (("minimum", "{ fixed = 0 }"), ("maximum", "{ fixed = 100 }"))


def _dress(columns: Sequence[Column]) -> Dress:
    """What the numbers of several columns have on them besides digits."""
    dress: Dress = {}
    for column in columns:
        own = column.dressed()
        units, before = own.get("units"), dress.get("units")
        dress |= own
        if isinstance(units, list) and isinstance(before, list):
            dress["units"] = sorted({*units, *before})
    return dress


def unit_of(column: Column, ways: Dress) -> str | None:
    """The unit of a score, where its name or its cells tell it."""
    shape = spoken(column.name)
    if ways.get("percent") or "percent" in shape:
        return "percent correct" if "percentcorrect" in shape else "percent"
    if column.name.endswith(("SS", "RS")):
        return "scale score" if column.name.endswith("SS") else "raw score"
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


def _result(suffix: str, title: str, entries: Sequence[Said]) -> list[str]:
    named = [f"suffix = {in_text(suffix)}"] if suffix else []
    titled = [f"title = {{ fixed = {in_text(title)} }}"] if title else []
    return ["", "[[results]]", *named, *titled, *(f"{target} = {value}" for target, value in entries)]


def in_text(text: str) -> str:
    """A text in TOML."""
    return json.dumps(text, ensure_ascii=False)


def in_table(words: Sequence[str] | Mapping[str, str]) -> str:
    """The words of a table of codes in TOML: a list of those that are kept, or what each means."""
    if isinstance(words, Mapping):
        return "{ " + ", ".join(f"{in_text(word)} = {in_text(meant)}" for word, meant in words.items()) + " }"
    return in_list(words)


def in_list(items: Sequence[str]) -> str:
    """A list of texts in TOML, on several lines where it is long."""
    line = f"[{', '.join(map(in_text, items))}]"
    if len(line) <= WIDE:
        return line
    return "[\n" + "".join(f"  {in_text(item)},\n" for item in items) + "]"


def _table_of(values: Dress) -> str:
    return (
        "{ " + ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()) + " }"
    )
