"""Columns that belong to one result, by what is left of their names without the words for score, level and so on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.assessment_file.names import plain
from connectors.assessment_file.profile import Column, Role

_WORDS = (
    "scaled?[ _]?scores?|scores?|levels?|percentile(?: rank)?|ptile|performance[ _]?level|proficiency[ _]?level|tier"
    "|benchmark|placement|risk|results?|raw[ _]?scores?|category|se|sem|standard[ _]?error|stderr|std[ _]?err"
    "|final[ _]?date|admin[ _]?date|date of administration|date|raw|(?:%|percent|pct)[ _]?correct"
)
_KIND = re.compile(rf"[\s_\-./:(]*(?<![A-Za-z])({_WORDS})(?![a-z])[\s_\-)]*", re.IGNORECASE)
_GLUED = re.compile(
    r"(?P<head>[A-Za-z0-9 _]*?[A-Za-z0-9])_?"
    r"(?:(?:Scaled?|Raw|RIT|Rit)?Score|StdErr(?:or)?|StandardError|SSSEM|SS|RS|SEM|NPR|PR|Levels?|Lev|Percentile|Pctl|Risk|Tier)"
    r"|(?:Level|Lev|Scaled?Score|Score|Percentile|SS|Tier)_?(?P<tail>[A-Z][A-Za-z0-9 _]*)"
)
"""Names in which the word for the value is glued to what it is of: MathSS and MathLev, LevelELA."""

_WHOLE = re.compile(
    r"(test|assessment|student|national|natl)?(overall|composite|total|scale|sum)?"
    r"(test|assessment|perc(ent)?(corr(ect)?)?|corr(ect)?|ss|points|afqt)?"
)
"""What is left of the names of a test's own columns, without the words for score and level."""

_LEVEL_ALONE = re.compile(
    r"(perf(ormance)?|prof(iciency)?|ach(ievement)?)?(levels?)?(descriptor|descr?|description|name|label)?"
)
"""What is left of the name of a column with the level of a test whose score stands beside it."""

_RAW = re.compile(r"raw|(?<![a-z])rs$")

TARGETS: dict[Role, str] = {
    "score": "score",
    "level": "level",
    "percentile": "percentile",
    "standard error": "standard_error",
    "date": "scored_on",
}
"""What the columns of a role are to a result."""


@dataclass(slots=True)
class Group:
    """The columns of one result: by target, what they have in common in their names, and what is kept with it."""

    stem: str
    columns: dict[str, Column] = field(default_factory=dict)
    whole: bool = False
    keep: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns.values()]

    @property
    def is_told(self) -> bool:
        """Whether it has a column that tells a result."""
        return not {"score", "level"}.isdisjoint(self.columns)


def groups_of(columns: Sequence[Column], taken: set[str]) -> list[Group]:
    """The results: columns that share what is left of their names without the words for score, level and so on.

    What is made a result of is added to `taken`. The test's own result is first, where one is told.
    """
    groups: dict[str, Group] = {}
    for column in columns:
        target = TARGETS.get(column.role)
        if (
            target is not None
            and column.name not in taken
            and not (target == "score" and column.filled and not column.numeric)
        ):
            _place(groups, column, target)
    results = [group for group in groups.values() if group.is_told]
    own = _own(results)
    if own is not None:
        own.whole = True
        for group in groups.values():
            if group is not own and _goes_with(own, group):
                own.columns |= group.columns
                group.columns = {}
        results = [group for group in results if group.is_told]
        results.sort(key=lambda group: not group.whole)
    taken.update(name for group in results for name in (*group.names, *group.keep))
    return results


def _place(groups: dict[str, Group], column: Column, target: str) -> None:
    """Put a column into its group. Of a raw score beside another score, the raw one is kept with the result."""
    stem = plain(stem_of(column.name))
    group = groups.setdefault(stem, Group(stem))
    before = group.columns.get(target)
    if before is not None and target == "score" and is_raw(before) != is_raw(column):
        raw = before if is_raw(before) else column
        group.columns[target] = column if raw is before else before
        group.keep.append(raw.name)
        return
    if before is not None and target == "score" and _is_scaled(column) and not _is_scaled(before):
        group.columns[target], column = column, before
    if before is not None and target == "level" and "score" not in group.columns:
        for number, word in ((before, column), (column, before)):
            if _is_number_of(number, word):
                group.columns |= {"score": number, "level": word}
                return
    if before is not None:
        group = groups.setdefault(plain(column.name), Group(plain(column.name)))
    group.columns.setdefault(target, column)


def _is_number_of(number: Column, word: Column) -> bool:
    """Whether, of two columns called levels, one has numbers and the other words for them: `level` 520, `tier` On."""
    if number.numeric:
        return not word.numeric
    return not number.filled and plain(number.name).endswith("level") and plain(word.name).endswith("tier")


def stems_of(columns: Sequence[Column]) -> set[str]:
    """What is left of the names of columns that tell results; "" for the test's own."""
    stems = {plain(stem_of(column.name)) for column in columns if TARGETS.get(column.role) in ("score", "level")}
    return {stem for stem in stems if not _WHOLE.fullmatch(stem)}


def is_raw(column: Column) -> bool:
    """Whether a column is called a raw score."""
    return column.name.endswith("RS") or _RAW.search(plain(column.name)) is not None


def _is_scaled(column: Column) -> bool:
    """Whether a column is called a scale score."""
    return column.name.endswith("SS") or "scale" in plain(column.name)


def _goes_with(own: Group, group: Group) -> bool:
    """Whether a group's columns are further ones of the whole test's result."""
    if not own.columns.keys().isdisjoint(group.columns):
        return False
    if "score" in group.columns or "level" not in group.columns:
        return not group.is_told and _WHOLE.fullmatch(group.stem) is not None
    return _LEVEL_ALONE.fullmatch(group.stem) is not None


def _own(results: Sequence[Group]) -> Group | None:
    """The result of the whole test: the only one, or the one whose columns are called by nothing else."""
    if len(results) == 1:
        return results[0]
    whole = [group for group in results if _WHOLE.fullmatch(group.stem)]
    if whole:
        return next((group for group in whole if "score" in group.columns), whole[0])
    overall = [group for group in results if group.stem.startswith(("overall", "composite"))]
    return overall[0] if len(overall) == 1 else None


def stem_of(name: str) -> str:
    """What a column's name says besides what kind of value it holds."""
    bare = _KIND.sub(" ", name)
    if bare != name or (glued := _GLUED.fullmatch(name)) is None:
        return bare
    return glued["head"] or glued["tail"]


def part_of(names: list[str]) -> str:
    """What a result's columns have in common: the beginning or the end of their names, without words for the value."""
    glued = {stem_of(name) for name in names if _GLUED.fullmatch(name)}
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
