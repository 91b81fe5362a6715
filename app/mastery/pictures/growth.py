"""Growth as a picture: a small chart for each competency, all on the same time and read the same way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.mastery.pictures.svg import (
    FADED,
    FAINT,
    MET,
    PAPER,
    RAMP,
    SOFT,
    TRACK,
    UNDECIDING,
    legend,
    line,
    mark,
    mark_of,
    path,
    picture,
    rect,
    text,
    titled,
    wrapped,
)
from app.mastery.pictures.wording import PLAIN, Wording
from app.mastery.standing import ItemStanding
from app.mastery.views.growth import Grown

HEIGHT, PLOT = 156.0, 74.0
"""Of a small chart, and of the part in it where the line is."""


def growth_picture(
    ways: Sequence[Grown],
    on: datetime,
    *,
    width: int = 760,
    name: str = "growth",
    most: int = 12,
    wording: Wording = PLAIN,
) -> str:
    """The ways of up to `most` competencies that have had a level, so many pixels wide, up to a date."""
    ways = [way for way in ways if any(step.level is not None for step in way.steps)]
    drawn = ways[:most]
    columns = 1 if width < 330 else 2 if width < 600 else 3 if width < 900 else 4
    begins, ends = _span(drawn, on)
    cell = (width - 16 * (columns + 1)) / columns
    kinds = {mark_of(piece.setting, piece.asserted.method) for way in drawn for piece in way.now.evidence}
    parts = [""]
    top = legend(parts, width, kinds, UNDECIDING, wording.say)[1] + 18 if kinds else 12
    for n, way in enumerate(drawn):
        x, y = 16 + (n % columns) * (cell + 16), top + (n // columns) * (HEIGHT + 14)
        parts += _chart(way, (x, y, cell), (begins, ends), wording)
    rows = -(-len(drawn) // columns)
    height = top + rows * (HEIGHT + 14) + (26 if len(ways) > most else 0)
    if len(ways) > most:
        parts.append(
            text(16, height - 12, wording.say("and %(n)s more competencies", n=len(ways) - most), size=12, fill=SOFT)
        )
    if not drawn:
        height = top + 40
        parts.append(text(16, top + 20, wording.say("Nothing has been shown yet."), fill=SOFT))
    parts[0] = rect(0, 0, width, height, fill=PAPER)
    return picture(
        name,
        width,
        height,
        title=wording.say("Growth: levels over time"),
        description=described(drawn, wording),
        parts=parts,
    )


def described(ways: Sequence[Grown], wording: Wording = PLAIN) -> str:
    """The picture in words."""
    if not ways:
        return wording.say("Nothing has been shown yet.")
    return " ".join(f"{wording.label(way.now.item)}: {_steps(way, wording)}." for way in ways)


def _steps(way: Grown, wording: Wording) -> str:
    return ", ".join(
        wording.say("%(level)s from %(day)s", level=_called(way, step.name, wording), day=wording.day(step.at))
        + _under(way, n, wording)
        for n, step in enumerate(way.steps)
    )


def _called(way: Grown, name: str | None, wording: Wording) -> str:
    """What a level is called; one of a policy that is no longer in force, by its own name."""
    if name is None:
        return wording.say("no level yet")
    return next((wording.level(level) for level in way.now.levels if level.name == name), name)


def _under(way: Grown, n: int, wording: Wording) -> str:
    """By which policy, where that is another one than a step before."""
    changed = n > 0 and way.steps[n - 1].policy != way.steps[n].policy
    return wording.say(" (by %(policy)s)", policy=way.steps[n].policy) if changed else ""


def _span(ways: Sequence[Grown], on: datetime) -> tuple[datetime, datetime]:
    moments = [piece.when for way in ways for piece in way.now.evidence]
    begins = min([*moments, on - timedelta(days=14)])
    return begins, max([*moments, on])


def _chart(
    way: Grown, place: tuple[float, float, float], span: tuple[datetime, datetime], wording: Wording
) -> list[str]:
    """A chart of one competency. `place`: where it begins, and how wide it is."""
    (x, y, width), (begins, ends), standing = place, span, way.now
    drawn = [rect(x, y, width, HEIGHT, rx=6, fill="none", stroke=TRACK)]
    inner, left = width - 24, x + 12
    lines = wrapped(wording.label(standing.item), inner, 13, 2)
    for n, row in enumerate(lines):
        drawn.append(text(left, y + 20 + 15 * n, row, font_weight=650))
    if len(lines) == 1 and standing.item.code and wording.codes:
        drawn += [text(left, y + 36, row, size=11, fill=SOFT) for row in wrapped(standing.item.statement, inner, 11, 1)]
    base = y + HEIGHT - 26
    drawn += _grid(standing, left, base, inner)
    drawn += _line(way, (left, base, inner), span, wording)
    drawn += [
        text(left, y + HEIGHT - 9, wording.short_day(begins), size=10, fill=SOFT),
        text(left + inner, y + HEIGHT - 9, wording.short_day(ends), size=10, fill=SOFT, text_anchor="end"),
    ]
    return [titled(f"{wording.label(standing.item)}: {_steps(way, wording)}", drawn)]


def _height(standing: ItemStanding, level: int) -> float:
    """How far above the base a level is drawn."""
    return PLOT * (level + 0.5) / len(standing.levels)


def _grid(standing: ItemStanding, left: float, base: float, width: float) -> list[str]:
    drawn = []
    for level in range(len(standing.levels)):
        up = base - _height(standing, level)
        mastered = level == standing.mastery
        drawn.append(
            line(
                left,
                up,
                left + width,
                up,
                stroke=MET if mastered else TRACK,
                stroke_width=1,
                stroke_dasharray="3 3" if mastered else None,
                opacity=0.6 if mastered else None,
            )
        )
    return drawn


def _line(
    way: Grown, place: tuple[float, float, float], span: tuple[datetime, datetime], wording: Wording
) -> list[str]:
    (left, base, width), (begins, ends), standing = place, span, way.now
    whole = max(1.0, (ends - begins).total_seconds())

    def across(at: datetime) -> float:
        return left + 5 + (width - 10) * (at - begins).total_seconds() / whole

    points: list[tuple[float, float]] = []
    for n, step in enumerate(way.steps):
        if step.level is None:
            continue
        up = base - PLOT * step.height
        until = way.steps[n + 1].at if n + 1 < len(way.steps) else ends
        points += [(across(step.at), up), (across(until), up)]
    drawn = [path(points, stroke=RAMP[2], stroke_width=2.5, stroke_linejoin="round")] if points else []
    decided = {reason.id for reason in standing.reasons if reason.decided}
    for piece in standing.evidence:
        up = base - PLOT * next((step.height for step in reversed(way.steps) if step.at <= piece.when), 0.0)
        drawing = mark(across(piece.when), up, mark_of(piece.setting, piece.asserted.method), 4.5)
        drawn.append(drawing if piece.asserted.id in decided else f'<g opacity="{FADED}">{drawing}</g>')
    label = _called(way, standing.level, wording)
    if points:
        up = points[-1][1]
        where = up - 8 if up - base + PLOT > 14 else up + 16
        halo = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke"}  # keeps the lines behind from being read
        drawn.append(text(left + width, where, label, size=11, fill=SOFT, text_anchor="end", **halo))
    else:
        drawn.append(text(left + width, base - PLOT / 2, label, size=11, fill=FAINT, text_anchor="end"))
    return drawn
