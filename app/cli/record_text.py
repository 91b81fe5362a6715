"""A learner's record as a person reads it: every value, and beside it the sources it comes from."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from app.cli.console import table

Json = dict[str, Any]
LISTED = ("enrollments", "results", "credentials", "evidence")
"""The sections that are shown entry by entry."""


def portrait(record: Json, most: int | None = None) -> Iterator[RenderableType]:
    """The record's parts, in the order a teacher would ask for them; of each section `most` entries, if not all."""
    record = record if most is None else {**record, **{section: record[section][:most] for section in LISTED}}
    sources = _Told({source["source"]: source["name"] for source in record["sources"]})
    sections = record["sections"]
    names = record["names"]
    yield Text(names[0]["value"] if names else "(no name told)", style="bold")
    yield Text(f"learner {record['id']}", style="dim")
    yield from _facts(record, sources)
    yield from _list(
        _title("Classes", sections["enrollments"]),
        record["enrollments"],
        ("class", "role", "when"),
        _enrollment,
        sources,
    )
    yield from _results(_title("Results", sections["results"]), record["results"], sources)
    earned = _title("Badges and credentials", sections["credentials"])
    yield from _list(earned, record["credentials"], ("what", "issued by", "proof"), _credential, sources)
    title = _title("Evidence", sections["evidence"])
    yield from _list(title, record["evidence"], ("what", "words", "when"), _evidence, sources)
    if retracted := sum(section["retracted"] for section in sections.values()):
        yield Text(f"\n{retracted} entries were retracted by their sources.", style="dim")
    for conflict in record["conflicts"]:
        yield Text(f"\nSources disagree: {conflict['what']} ({conflict['path']})", style="yellow")


def _title(words: str, section: Json) -> str:
    return f"\n{words} ({section['count']:,})"


class _Told:
    """Where values and entries come from: sources by their slugs, or statements."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def by(self, item: Json) -> str:
        """The sources of an item, the preferred first."""
        names = dict.fromkeys(
            self._names.get(teller, teller) if isinstance(teller, str) else teller["sourceName"]
            for teller in item["from"]
        )
        return escape(", ".join(names))


def _facts(record: Json, sources: _Told) -> Iterator[RenderableType]:
    facts = table("", "", "from")
    for label, part, value in (
        ("name", "names", "value"),
        ("born", "birthDates", "value"),
        ("pronouns", "pronouns", "value"),
        ("e-mail", "emails", "value"),
        ("grade", "grades", "value"),
    ):
        for item in record[part]:
            facts.add_row(label, escape(str(item[value])), sources.by(item))
    for item in record["identifiers"]:
        facts.add_row(f"{item['type']} id", escape(f"{item['value']} ({item['issuer']})"), sources.by(item))
    for item in record["schools"]:
        facts.add_row("school", escape(item.get("name") or item.get("org", "?")), sources.by(item))
    for item in record["guardians"]:
        facts.add_row(
            "adult" if item["relation"] == "other" else item["relation"],
            escape(item.get("name", "?")),
            sources.by(item),
        )
    if facts.row_count:
        yield facts


def _list(
    title: str, items: list[Json], columns: tuple[str, ...], row: Any, sources: _Told
) -> Iterator[RenderableType]:
    if not items:
        return
    listing = table(*columns, "from", title=title)
    for item in items:
        listing.add_row(*(escape(str(cell)) for cell in row(item)), sources.by(item))
    yield listing


def _results(title: str, items: list[Json], sources: _Told) -> Iterator[RenderableType]:
    """Results under the course or subject they belong to."""
    if not items:
        return
    listing = table("what", "result", "when", "from", title=title)
    courses: dict[str, list[Json]] = {}
    for item in sorted(items, key=lambda item: not _course(item)):
        courses.setdefault(_course(item), []).append(item)
    for course, members in courses.items():
        listing.add_row(f"[italic]{escape(course) or 'without a course'}[/]")
        for item in members:
            listing.add_row(
                *(escape(cell) for cell in (item.get("title", "?"), _score(item), _day(item))), sources.by(item)
            )
    yield listing


def _course(item: Json) -> str:
    taught = item.get("class", {})
    return str(taught.get("course") or taught.get("title") or item.get("subject") or "")


def _enrollment(item: Json) -> tuple[str, str, str]:
    taught = item.get("class", {})
    return taught.get("title") or taught.get("key", "?"), item.get("role", ""), _period(item)


def _credential(item: Json) -> tuple[str, str, str]:
    name = item.get("name") or item.get("achievement", {}).get("name", "?")
    proof = ", ".join(["revoked"] * bool(item.get("revoked")) + [item.get("verification", "")])
    return name, item.get("issuer", {}).get("name", ""), proof


def _evidence(item: Json) -> tuple[str, str, str]:
    words = item.get("narrative") or item.get("description") or item.get("url") or ""
    return item.get("name") or item.get("genre", "evidence"), words, _day(item)


def _score(item: Json) -> str:
    """A result in words: the score on its scale, or what stands in its place."""
    words = []
    if "score" in item:
        maximum = f" of {item['maximum']:g}" if "maximum" in item else ""
        words.append(f"{item['score']:g}{maximum} {item.get('unit', '')}".strip())
    outcomes = [str(item[name]) for name in ("textScore", "level", "narrative") if name in item]
    words += [word for word in outcomes if word != str(item.get("score"))]  # some say the number twice
    if not words:
        words.append(item.get("status") or ("passed" if item.get("passed") else "no score"))
    return ", ".join(words)


def _day(item: Json) -> str:
    return str(item.get("date", ""))[:10]


def _period(item: Json) -> str:
    words = [f"{word} {item[name]}" for word, name in (("from", "begins"), ("to", "ends")) if name in item]
    return " ".join(words)
