"""The form of a badge: what it takes, what is looked at, its picture, and what it counts for."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import structs

from app.db import Tx
from app.errors import Invalid
from app.programs import definitions, pictures, programs, rubric
from app.programs.rubric import ASSESSORS, Criterion, Definition, Level
from app.web.kit import looks
from app.web.kit.forms import Posted
from app.web.kit.words import _
from app.web.program.reading import Filled

LEVELS = tuple(Level(name, points=float(n)) for n, name in enumerate(rubric.FOUR, 1))
FIELDS = {"/name": "name", "/criteria": "criteria", "/picture": "picture", "/creditRule": "credit"}
NAMES = ("name", "description", "criteria", "rubric", "project", "assessing", "partial", "credit", "color", "icon")


class Design(NamedTuple):
    """What a badge is drawn with and made of, to choose from."""

    colors: list[tuple[str, str]]
    icons: list[tuple[str, str]]
    badges: list[tuple[str, str]]


async def design(tx: Tx, badge: UUID | None = None, color: str | None = None) -> Design:
    """The choices for a badge (None: a new one) of this color: colors, icons, and the other badges of the district."""
    named = {row.id: row.name for row in await programs.listed(tx)}
    badges = [
        (str(row.id), f"{rubric.read(row.body).name} ({named[row.program_id]})")
        for row in await definitions.achievements(tx)
        if row.id != badge
    ]
    return Design(looks.colors(color), looks.icons(), sorted(badges, key=lambda pair: pair[1].casefold()))


async def definition_of(sent: Posted, before: Definition | None = None) -> Definition:
    """A badge from a form. Invalid names what lacks.

    Each line of the rubric is a criterion; one of the same words as `before` keeps its levels and competencies.
    """
    if not sent.text("name") or not sent.text("criteria"):
        words = _("Give its name, and what it takes to earn it.")
        raise Invalid(words, pointers={"/criteria" if sent.text("name") else "/name": words})
    base = before or Definition(name="", description="", criteria="")
    return structs.replace(
        base,
        name=sent.text("name")[:200],
        description=sent.text("description")[:20_000] or sent.text("name")[:200],
        criteria=sent.text("criteria")[:20_000],
        rubric=rubric.project_rubric() if sent.flag("project") else _criteria(sent.text("rubric"), base),
        assessing=next((kind for kind in ASSESSORS if kind == sent.text("assessing")), "one"),
        partial=sent.flag("partial"),
        credit_rule=sent.uuid("credit"),
        image=await _picture(sent, base.image),
        color=looks.color(sent),
        icon=looks.icon(sent),
        parts=tuple(_parts(sent)),
    )


def filled(sent: Posted, why: Invalid | None = None) -> Filled:
    """The form as it was sent, with what is wrong beside its fields."""
    complaints: list[dict[str, Any]] = why.more.get("errors", []) if why else []  # type: ignore[assignment]
    wrongs = {FIELDS.get(complaint["pointer"], "form"): str(complaint["detail"]) for complaint in complaints}
    return Filled({**{name: sent.text(name) for name in NAMES}, "parts": " ".join(sent.many("part"))}, wrongs)


def as_filled(definition: Definition) -> Filled:
    """The form of a badge as it is."""
    return Filled(
        {
            "name": definition.name,
            "description": "" if definition.description == definition.name else definition.description,
            "criteria": definition.criteria,
            "rubric": "\n".join(criterion.name for criterion in definition.rubric),
            "assessing": definition.assessing,
            "partial": "yes" if definition.partial else "",
            "credit": str(definition.credit_rule or ""),
            "color": definition.color or "",
            "icon": definition.icon or "",
            "parts": " ".join(map(str, definition.parts)),
        }
    )


def shown_by(definition: Definition, where: str) -> tuple[UUID, ...]:
    """The competencies of a criterion, or with no criterion named of the whole badge."""
    criterion = definition.criterion(where)
    return criterion.competencies if criterion else definition.competencies


def showing(definition: Definition, where: str, competencies: tuple[UUID, ...]) -> Definition:
    """A badge of which a criterion (or with none named the whole) shows these competencies."""
    competencies = tuple(dict.fromkeys(competencies))
    if definition.criterion(where) is None:
        return structs.replace(definition, competencies=competencies)
    return structs.replace(
        definition,
        rubric=tuple(
            structs.replace(criterion, competencies=competencies) if criterion.id == where else criterion
            for criterion in definition.rubric
        ),
    )


def _parts(sent: Posted) -> Iterator[UUID]:
    for text in sent.many("part"):
        with suppress(ValueError):  # no form of ours sends it
            yield UUID(text)


def _criteria(text: str, before: Definition) -> tuple[Criterion, ...]:
    lines = list(dict.fromkeys(line.strip()[:200] for line in text.splitlines() if line.strip()))[:50]
    had = {criterion.name: criterion for criterion in before.rubric}
    ids = {had[line].id for line in lines if line in had}
    criteria = []
    for n, line in enumerate(lines, 1):
        own = f"{_short(line)}-{n}"
        while own in ids:
            own += "-new"
        criteria.append(had.get(line) or Criterion(own, line, LEVELS, "Proficient"))
    return tuple(criteria)


async def _picture(sent: Posted, before: str | None) -> str | None:
    chosen = sent.file("picture")
    if chosen is not None:
        try:
            return await pictures.drawn(await chosen.read())
        except Invalid as why:
            raise Invalid(why.detail, pointers={"/picture": why.detail}) from None
    return None if sent.flag("no_picture") else before


def _short(line: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", line.casefold()).strip("-")[:30].strip("-") or "criterion"
