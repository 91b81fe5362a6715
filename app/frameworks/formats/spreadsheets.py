"""Spreadsheets of other systems: Canvas's outcomes (SIS import and export), Moodle's competency frameworks, and those
whose columns have CASE's own names, as OpenSALT exports. Pure.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from app.errors import ConfigError
from app.frameworks.formats.foreign import Competency, Foreign, Level
from app.frameworks.sheet import lines
from connectors.kit.markup import plain

Row = dict[str, str]

_CANVAS = frozenset({"vendorguid", "objecttype", "title"})
_MOODLE = frozenset({"parentidnumber", "idnumber", "shortname", "isframework"})
_CASE = frozenset({"fullstatement", "humancodingscheme"})
_READ_OF_CASE = frozenset(
    {
        *_CASE,
        *("identifier", "abbreviatedstatement", "conceptkeywords", "notes", "educationlevel", "cfitemtype", "language"),
        *("ischildof", "parent", "smartlevel", "sequencenumber", "listenumeration", "ispartof", "lastchangedatetime"),
        *("isrelatedto", "isexactmatchof", "precedes"),
    }
)
_READ_OF_CANVAS = frozenset(
    {
        *_CANVAS,
        "description",
        "displayname",
        "parentguids",
        "ratings",
        "workflowstate",
        "canvasid",
        "friendlydescription",
    }
)
_READ_OF_MOODLE = frozenset(
    {
        *_MOODLE,
        *(
            "description",
            "descriptionformat",
            "scalevalues",
            "crossreferencedcompetencyidnumbers",
            "exportedidoptional",
        ),
    }
)


def reader_of(text: str) -> Callable[[str, str | None], Foreign] | None:
    """What reads a spreadsheet of another system, by its first line; None where it is none of theirs."""
    _, first = next(lines(text), (0, []))
    header = {_word(cell) for cell in first}
    if header >= _CANVAS:
        return canvas
    if header >= _CASE:
        return case_rows
    return moodle if header >= _MOODLE else None


def case_rows(text: str, title: str | None = None) -> Foreign:
    """Items in rows under CASE's names. What is above one is told by a code or identifier (`Is Child Of`, `parent`), or
    by its place in the outline (`smartLevel`: 3.6 is below 3). ConfigError where two rows have one identifier.
    """
    framework = Foreign(key=f"case:{title or 'items'}", title=title or "Competencies", creator="Not said")
    rows = [row for _, row, _ in _rows(text) if row.get("fullstatement")]
    framework.language = next(iter({row["language"]: 1 for row in rows if "language" in row}), None)
    keys = [row.get("identifier") or row.get("humancodingscheme") or row["fullstatement"] for row in rows]
    if twice := [key for key, times in Counter(keys).items() if times > 1]:
        raise ConfigError(f"two rows have the identifier or code '{twice[0][:80]}': give each one of its own")
    named = _named(rows, keys)
    for row, key in zip(rows, keys, strict=True):
        _note_lost(framework, row, _READ_OF_CASE)
        framework.competencies.append(
            Competency(
                key=key,
                statement=row["fullstatement"],
                code=row.get("humancodingscheme"),
                label=row.get("abbreviatedstatement"),
                type=row.get("cfitemtype"),
                notes=row.get("notes"),
                grades=[row["educationlevel"]] if row.get("educationlevel") else [],
                keywords=_listed(row.get("conceptkeywords", "")),
                parents=[above for above in _above(row, named) if above != key],
                after=[other for other, far in zip(keys, rows, strict=True) if key in _ends(far, "precedes", named)],
                same=_ends(row, "isexactmatchof", named),
                related=_ends(row, "isrelatedto", named),
            )
        )
    return framework


def _named(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, str]:
    """The items by what others call them: identifier, place in the outline, and a code that one of them has alone."""
    codes = Counter(row.get("humancodingscheme", "") for row in rows)
    names: dict[str, str] = {}
    for row, key in zip(rows, keys, strict=True):
        code, place = row.get("humancodingscheme", ""), row.get("smartlevel", "")
        if codes[code] == 1:
            names[code] = key
        if place:
            names[f"place {place}"] = key
    return names | {key: key for key in keys}


def _above(row: Row, named: dict[str, str]) -> list[str]:
    """What a row is below."""
    if parents := _listed(row.get("ischildof") or row.get("parent") or ""):
        return [named[name] for name in parents if name in named]
    place = row.get("smartlevel", "").rpartition(".")[0]
    return [named[f"place {place}"]] if f"place {place}" in named else []


def _ends(row: Row, column: str, named: dict[str, str]) -> list[str]:
    """The other ends of a row's links of one kind: items of the sheet, or the names of others."""
    return [named.get(name, name) for name in _listed(row.get(column, ""))]


def _listed(cell: str) -> list[str]:
    return [name.strip() for name in cell.replace(";", ",").split(",") if name.strip()]


def canvas(text: str, title: str | None = None) -> Foreign:
    """The outcomes of a Canvas: groups and outcomes below them, each with its ratings. What is deleted is left out."""
    framework = Foreign(key=f"canvas:{title or 'outcomes'}", title=title or "Canvas outcomes", creator="Canvas")
    for _, row, ratings in _rows(text, ratings_from="ratings"):
        if row.get("workflowstate", "").casefold() == "deleted":
            framework.lost["an outcome that is deleted there"] += 1
            continue
        key = row.get("vendorguid") or row.get("canvasid")
        name, words = row.get("title", ""), plain(row.get("description", ""))
        if not key or not (name or words):
            raise ConfigError("an outcome or group has neither a vendor_guid nor a title: export the outcomes again")
        _note_lost(framework, row, _READ_OF_CANVAS)
        framework.competencies.append(
            Competency(
                key=key,
                statement=words or name,
                code=name if words and name != words else None,
                label=row.get("displayname") or None,
                type="Outcome group" if row.get("objecttype", "").casefold() == "group" else None,
                notes=plain(row.get("friendlydescription", "")) or None,
                parents=row.get("parentguids", "").split(),
                levels=list(_ratings(ratings)),
            )
        )
    return framework


def moodle(text: str, title: str | None = None) -> Foreign:
    """A competency framework of Moodle (`tool_lpimportcsv`): its first row is the framework, or ConfigError."""
    framework: Foreign | None = None
    scales: list[Level] = []
    for _, row, _ratings_of in _rows(text):
        words, name, key = plain(row.get("description", "")), plain(row.get("shortname", "")), row.get("idnumber", "")
        if not key:
            raise ConfigError(f"'{(name or words)[:80]}' has no ID number: give it one, or export the framework again")
        if row.get("isframework", "") not in ("", "0"):
            framework = Foreign(key=f"moodle:{key}", title=title or name, creator="Moodle", description=words or None)
            scales = [Level(word.strip()) for word in row.get("scalevalues", "").split(",") if word.strip()]
            continue
        if framework is None:
            raise ConfigError("the first row is no framework (Is framework is not 1): export the framework again")
        own = [Level(word.strip()) for word in row.get("scalevalues", "").split(",") if word.strip()]
        _note_lost(framework, row, _READ_OF_MOODLE)
        related = row.get("crossreferencedcompetencyidnumbers", "")
        framework.competencies.append(
            Competency(
                key=key,
                statement=words or name,
                code=key,
                label=name if name != words else None,
                parents=[row["parentidnumber"]] if row.get("parentidnumber") else [],
                related=[
                    number.strip() for number in related.split(",") if number.strip() and number.strip() != "null"
                ],
                levels=own or scales,
            )
        )
    if framework is None:
        raise ConfigError("there is no framework in it: the row whose Is framework is 1")
    return framework


def _rows(text: str, ratings_from: str | None = None) -> Iterator[tuple[int, Row, list[str]]]:
    """Each row by the words of its header, with the line it ends on; what begins with a column apart, if so asked."""
    header: Sequence[str] = ()
    for line, cells in lines(text):
        if not header:
            header = [_word(cell) for cell in cells]
            continue
        apart = header.index(ratings_from) if ratings_from in header else len(header)
        row = {name: cell for name, cell in zip(header[:apart], cells, strict=False) if name and cell}
        yield line, row, cells[apart:]


def _ratings(cells: Sequence[str]) -> Iterator[Level]:
    """Points and what they are called, by turns; the highest first."""
    for points, name in zip(cells[::2], cells[1::2], strict=False):
        if points or name:
            try:
                yield Level(name or points, float(points.replace(",", ".")) if points else None)
            except ValueError:
                raise ConfigError(f"'{points[:40]}' is no number of points of a rating") from None


def _note_lost(framework: Foreign, row: Row, read: frozenset[str]) -> None:
    framework.lost.update(name for name, cell in row.items() if name not in read and cell not in ("0", "null", "1"))


def _word(heading: str) -> str:
    """A heading as it is compared: from one version to the next they differ by hyphens, spaces and capitals."""
    return "".join(character for character in heading if character.isalnum()).casefold()
