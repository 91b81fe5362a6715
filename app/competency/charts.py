"""Pictures of mastery: the profile as a horizontal chart, growth as small multiples, progress as bars. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.competency import drawing as draw
from app.competency.drawing import BLUE, GREEN, INK, LINE, ORANGE, PAPER, PURPLE, QUIET, SKY
from app.competency.perspectives import Domain, Growth, Profile, Progress, Standing

WIDTH = 760
LABELS = 330
"""Where the chart begins, right of the competencies' names."""
ROW, HEAD, TOP = 34, 40, 96
MARKS = {
    "in-school": ("square", INK, "in school"),
    "after-school": ("triangle", ORANGE, "after school"),
    "summer": ("diamond", GREEN, "summer"),
    "home": ("circle", PURPLE, "home"),
    "work": ("plus", QUIET, "work"),
    "adaptive": ("cross", GREEN, "adaptive tool"),
}
"""Each place of learning has its own shape, not only its own color."""


class Mark(NamedTuple):
    """One thing shown: where (a setting, or `adaptive`), and how high, counted in levels from the lowest (1.5: halfway
    up the second), if that can be told.
    """

    place: str
    height: float | None


def profile(shown: Profile, marks: Mapping[UUID, Sequence[Mark]]) -> str:
    """A profile: a bar to each competency's level, and a mark for all that was shown, where it stood."""
    if not shown.domains:
        return _nothing(shown.title)
    step = (WIDTH - LABELS - 30) / len(shown.levels)
    rows = sum(len(domain.competencies) for domain in shown.domains)
    height = TOP + rows * ROW + len(shown.domains) * HEAD + 12
    parts = [draw.text(16, 28, shown.title, size=17, bold=True), *_legend(marks)]
    for n, level in enumerate(shown.levels):
        x = LABELS + n * step
        parts.append(draw.text(x + step / 2, TOP - 10, level, size=12, color=QUIET, anchor="middle"))
        parts.append(draw.line(x + step, TOP, x + step, height - 12))
    parts.append(draw.line(LABELS, TOP, LABELS, height - 12, color=QUIET))
    y = float(TOP)
    for domain in shown.domains:
        y += HEAD
        parts.append(draw.text(16, y - 12, draw.shortened(domain.title, 90), size=14, bold=True))
        for one in domain.competencies:
            parts += _row(one, y, step, marks.get(one.competency, ()))
            y += ROW
    return draw.picture(WIDTH, height, f"Profile: {shown.title}", _told(shown.domains), parts)


def _row(one: Standing, y: float, step: float, marks: Sequence[Mark]) -> list[str]:
    name = f"{one.code}  {one.statement}" if one.code else one.statement
    end = LABELS + ((one.rank or 0) + 0.5) * step
    color = BLUE if one.met else SKY
    parts = [
        draw.text(16, y + 15, draw.shortened(name, 43)),
        draw.bar(LABELS, y + 6, end - LABELS, 10, fill=color if one.met else "url(#begun)", stroke=color),
        draw.dot(end, y + 11, 7, filled=one.met, color=BLUE),
    ]
    for mark in marks:
        if mark.height is not None:
            kind, ink, _ = MARKS[mark.place]
            parts.append(draw.shape(kind, LABELS + mark.height * step, y + 25, 8, ink))
    return parts


def _legend(marks: Mapping[UUID, Sequence[Mark]]) -> list[str]:
    used = {mark.place for held in marks.values() for mark in held if mark.height is not None}
    parts, x = [draw.dot(22, 52, 6, filled=True, color=BLUE), draw.text(34, 56, "met", size=12)], 74.0
    parts += [draw.dot(x, 52, 6, filled=False, color=BLUE), draw.text(x + 12, 56, "begun", size=12)]
    x += 72
    for place, (kind, ink, words) in MARKS.items():
        if place in used:
            parts += [draw.shape(kind, x, 52, 9, ink), draw.text(x + 10, 56, words, size=12)]
            x += 30 + 6.2 * len(words)
    return parts


def growth(shown: Sequence[Growth], until: datetime, columns: int = 3) -> str:
    """Competencies over time, one small chart each, all on the same days."""
    panels = [one for one in shown if one.points]
    if not panels:
        return _nothing("Growth")
    begin = min(point.at for one in panels for point in one.points)
    days = max((until - begin).total_seconds(), 86_400.0)
    width, height = (WIDTH - 32) / columns, 176
    rows = -(-len(panels) // columns)
    parts = [draw.text(16, 28, f"Growth, {begin:%Y-%m-%d} to {until:%Y-%m-%d}", size=17, bold=True)]
    for n, one in enumerate(panels):
        x, y = 16 + n % columns * width, 44 + n // columns * height
        parts += _panel(one, x, y, width - 18, height - 30, begin, days)
    told = "; ".join(
        f"{one.code or one.statement}: {', '.join(f'{p.level} on {p.at:%Y-%m-%d}' for p in one.points)}"
        for one in panels
    )
    return draw.picture(WIDTH, 52 + rows * height, "Growth", f"{told}.", parts)


def _panel(one: Growth, x: float, y: float, width: float, height: float, begin: datetime, days: float) -> list[str]:
    floor, top = y + height - 6, y + 46
    rise = (floor - top) / max(1, len(one.levels) - 1)

    def place(at: datetime, rank: int | None) -> tuple[float, float]:
        return x + 6 + (at - begin).total_seconds() / days * (width - 76), floor - (rank or 0) * rise

    now = str(one.points[-1].level)
    parts = [draw.text(x, y + 14, draw.shortened(one.code or one.statement, 22), bold=True, size=12)]
    parts.append(draw.text(x + width, y + 14, now, size=12, anchor="end"))
    parts.append(draw.text(x, y + 28, draw.shortened(one.statement, 38), size=11, color=QUIET))
    for n, level in enumerate(one.levels):
        parts.append(draw.line(x, floor - n * rise, x + width, floor - n * rise))
        parts.append(draw.text(x + width, floor - n * rise - 3, level, size=9, color=QUIET, anchor="end"))
    steps: list[tuple[float, float]] = []
    for point in one.points:
        here = place(point.at, point.rank)
        if steps:
            steps.append((here[0], steps[-1][1]))
        steps.append(here)
    steps.append((x + width - 66, steps[-1][1]))
    parts.append(draw.path(steps, color=BLUE))
    parts += [draw.dot(*place(point.at, point.rank), 4, filled=point.met, color=BLUE) for point in one.points]
    return parts


def progress(title: str, shown: Sequence[Progress]) -> str:
    """How far in each part: a bar of met, begun and still to come, with the counts beside it."""
    if not shown:
        return _nothing(title)
    height, chart = 88 + len(shown) * 44, WIDTH - LABELS - 30
    parts = [draw.text(16, 28, title, size=17, bold=True)]
    parts += [draw.bar(16, 46, 18, 12, fill=BLUE), draw.text(40, 56, "met", size=12)]
    parts += [draw.bar(80, 46, 18, 12, fill="url(#begun)", stroke=SKY), draw.text(104, 56, "begun", size=12)]
    for n, one in enumerate(shown):
        y, piece = 76 + n * 44, chart / max(1, one.of)
        parts.append(draw.text(16, y + 16, draw.shortened(one.title, 48)))
        parts.append(draw.bar(LABELS, y + 4, chart, 16, fill=PAPER, stroke=LINE))
        parts.append(draw.bar(LABELS, y + 4, one.met * piece, 16, fill=BLUE))
        parts.append(draw.bar(LABELS + one.met * piece, y + 4, one.begun * piece, 16, fill="url(#begun)", stroke=SKY))
        parts.append(draw.text(LABELS, y + 34, _counts(one), size=11, color=QUIET))
    told = "; ".join(f"{one.title}: {_counts(one)}" for one in shown)
    return draw.picture(WIDTH, height, f"Progress: {title}", f"{told}.", parts)


def _counts(one: Progress) -> str:
    return f"{one.met} met, {one.begun} begun, of {one.of}"


def _told(domains: Sequence[Domain]) -> str:
    return " ".join(
        f"{domain.title}: {', '.join(f'{one.code or one.statement} {one.level}' for one in domain.competencies)}."
        for domain in domains
    )


def _nothing(title: str) -> str:
    words = "Nothing has been shown yet."
    parts = [draw.text(16, 28, title, size=17, bold=True), draw.text(16, 56, words, color=QUIET)]
    return draw.picture(WIDTH, 76, title, words, parts)
