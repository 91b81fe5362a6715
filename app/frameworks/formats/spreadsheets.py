"""Spreadsheets of other systems: Canvas's outcomes (SIS import and export), Moodle's competency frameworks. Pure."""

from collections.abc import Callable, Iterator, Sequence

from app.errors import ConfigError
from app.frameworks.formats.foreign import Competency, Foreign, Level
from app.frameworks.sheet import lines
from connectors.kit.markup import plain

Row = dict[str, str]

_CANVAS = frozenset({"vendorguid", "objecttype", "title"})
_MOODLE = frozenset({"parentidnumber", "idnumber", "shortname", "isframework"})
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
    return moodle if header >= _MOODLE else None


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
        words, name = plain(row.get("description", "")), plain(row.get("shortname", ""))
        if row.get("isframework", "") not in ("", "0"):
            framework = Foreign(
                key=f"moodle:{row['idnumber']}", title=title or name, creator="Moodle", description=words or None
            )
            scales = [Level(word.strip()) for word in row.get("scalevalues", "").split(",") if word.strip()]
            continue
        if framework is None:
            raise ConfigError("the first row is no framework (Is framework is not 1): export the framework again")
        own = [Level(word.strip()) for word in row.get("scalevalues", "").split(",") if word.strip()]
        _note_lost(framework, row, _READ_OF_MOODLE)
        related = row.get("crossreferencedcompetencyidnumbers", "")
        framework.competencies.append(
            Competency(
                key=row["idnumber"],
                statement=words or name,
                code=row["idnumber"],
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
