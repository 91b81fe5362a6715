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
from app.mastery.standing import ItemStanding
from app.mastery.views.growth import Grown

HEIGHT, PLOT = 156.0, 74.0
"""Of a small chart, and of the part in it where the line is."""


def growth_picture(
    ways: Sequence[Grown], on: datetime, *, width: int = 760, name: str = "growth", most: int = 12
) -> str:
    """The ways of up to `most` competencies that have had a level, so many pixels wide, up to a date."""
    ways = [way for way in ways if any(step.level is not None for step in way.steps)]
    drawn = ways[:most]
    columns = 1 if width < 330 else 2 if width < 600 else 3 if width < 900 else 4
    begins, ends = _span(drawn, on)
    cell = (width - 16 * (columns + 1)) / columns
    kinds = {mark_of(piece.setting, piece.asserted.method) for way in drawn for piece in way.now.evidence}
    parts = [""]
    top = legend(parts, width, kinds, UNDECIDING)[1] + 18 if kinds else 12
    for n, way in enumerate(drawn):
        x, y = 16 + (n % columns) * (cell + 16), top + (n // columns) * (HEIGHT + 14)
        parts += _chart(way, x, y, cell, begins, ends)
    rows = -(-len(drawn) // columns)
    height = top + rows * (HEIGHT + 14) + (26 if len(ways) > most else 0)
    if len(ways) > most:
        parts.append(text(16, height - 12, f"and {len(ways) - most} more competencies", size=12, fill=SOFT))
    if not drawn:
        height = top + 40
        parts.append(text(16, top + 20, "Nothing has been shown yet.", fill=SOFT))
    parts[0] = rect(0, 0, width, height, fill=PAPER)
    return picture(name, width, height, "Growth: levels over time", described(drawn), parts)


def described(ways: Sequence[Grown]) -> str:
    """The picture in words."""
    if not ways:
        return "Nothing has been shown yet."
    return " ".join(f"{way.now.item.label}: {_steps(way)}." for way in ways)


def _steps(way: Grown) -> str:
    return ", ".join(
        f"{step.name or 'no level yet'} from {step.at:%B %-d, %Y}{_under(way, n)}" for n, step in enumerate(way.steps)
    )


def _under(way: Grown, n: int) -> str:
    """By which policy, where that is another one than a step before."""
    changed = n > 0 and way.steps[n - 1].policy != way.steps[n].policy
    return f" (by {way.steps[n].policy})" if changed else ""


def _span(ways: Sequence[Grown], on: datetime) -> tuple[datetime, datetime]:
    moments = [piece.when for way in ways for piece in way.now.evidence]
    begins = min([*moments, on - timedelta(days=14)])
    return begins, max([*moments, on])


def _chart(way: Grown, x: float, y: float, width: float, begins: datetime, ends: datetime) -> list[str]:
    standing = way.now
    drawn = [rect(x, y, width, HEIGHT, rx=6, fill="none", stroke=TRACK)]
    inner, left = width - 24, x + 12
    lines = wrapped(standing.item.label, inner, 13, 2)
    for n, row in enumerate(lines):
        drawn.append(text(left, y + 20 + 15 * n, row, font_weight=650))
    if len(lines) == 1 and standing.item.code:
        drawn += [text(left, y + 36, row, size=11, fill=SOFT) for row in wrapped(standing.item.statement, inner, 11, 1)]
    base = y + HEIGHT - 26
    drawn += _grid(standing, left, base, inner)
    drawn += _line(way, left, base, inner, begins, ends)
    drawn += [
        text(left, y + HEIGHT - 9, f"{begins:%b %-d}", size=10, fill=SOFT),
        text(left + inner, y + HEIGHT - 9, f"{ends:%b %-d}", size=10, fill=SOFT, text_anchor="end"),
    ]
    return [titled(f"{standing.item.label}: {_steps(way)}", drawn)]


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


def _line(way: Grown, left: float, base: float, width: float, begins: datetime, ends: datetime) -> list[str]:
    standing = way.now
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
        made = mark(across(piece.when), up, mark_of(piece.setting, piece.asserted.method), 4.5)
        drawn.append(made if piece.asserted.id in decided else f'<g opacity="{FADED}">{made}</g>')
    label = standing.level or "no level yet"
    if points:
        up = points[-1][1]
        where = up - 8 if up - base + PLOT > 14 else up + 16
        halo = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke"}  # keeps the lines behind from being read
        drawn.append(text(left + width, where, label, size=11, fill=SOFT, text_anchor="end", **halo))
    else:
        drawn.append(text(left + width, base - PLOT / 2, label, size=11, fill=FAINT, text_anchor="end"))
    return drawn
