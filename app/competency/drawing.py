"""Draws SVG: shapes as text, the same text for the same picture. Colors are told apart with any color vision."""

from collections.abc import Iterable, Sequence
from html import escape

INK, QUIET, LINE, PAPER = "#1b1b1b", "#565656", "#c9c9c9", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9"
"""From the Okabe-Ito palette and Tol's: distinct in hue and in lightness; shapes differ too wherever these do."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def text(
    x: float, y: float, words: str, *, size: int = 13, color: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    """A line of text."""
    weight = ' font-weight="600"' if bold else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" fill="{color}"{place}{weight}>{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, color: str = LINE, width: float = 1) -> str:
    """A straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} stroke="{color}" stroke-width="{number(width)}"/>'


def bar(x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none") -> str:
    """A rectangle."""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(0, width))}" height="{number(height)}" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def path(points: Sequence[tuple[float, float]], *, color: str, width: float = 2) -> str:
    """A line through points."""
    steps = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polyline points="{steps}" fill="none" stroke="{color}" stroke-width="{number(width)}"/>'


def dot(x: float, y: float, radius: float, *, filled: bool, color: str) -> str:
    """A circle: filled, or a ring."""
    fill = color if filled else PAPER
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return f'<circle {place} fill="{fill}" stroke="{color}" stroke-width="2"/>'


def shape(kind: str, x: float, y: float, size: float, color: str) -> str:
    """A small mark: square, triangle, diamond, plus, cross or circle."""
    half = size / 2
    corners = {
        "square": [(-half, -half), (half, -half), (half, half), (-half, half)],
        "triangle": [(0, -half), (half, half), (-half, half)],
        "diamond": [(0, -half * 1.2), (half * 1.2, 0), (0, half * 1.2), (-half * 1.2, 0)],
    }
    if kind in corners:
        points = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in corners[kind])
        return f'<polygon points="{points}" fill="{color}" stroke="{PAPER}"/>'
    if kind in ("plus", "cross"):
        ends = f"M{number(x - half)},{number(y)}H{number(x + half)}M{number(x)},{number(y - half)}V{number(y + half)}"
        if kind == "cross":
            down = f"L{number(x + half)},{number(y + half)}M{number(x - half)},{number(y + half)}"
            ends = f"M{number(x - half)},{number(y - half)}{down}L{number(x + half)},{number(y - half)}"
        return f'<path d="{ends}" stroke="{color}" stroke-width="2.5" fill="none"/>'
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(half)}" fill="{color}" stroke="{PAPER}"/>'


def picture(width: float, height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """A whole picture. `description` tells in words what it shows: it is read where the picture is not seen."""
    size = f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
    named = 'role="img" aria-labelledby="title desc"'  # [sic]
    begun = (
        '<defs><pattern id="begun" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="{PAPER}"/><rect width="2.5" height="6" fill="{SKY}"/></pattern></defs>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{FONT}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>',
            begun,
            bar(0, 0, width, height, fill=PAPER),
            *parts,
            "</svg>\n",
        ]
    )


def shortened(words: str, most: int) -> str:
    """Words that fit, cut at a space."""
    if len(words) <= most:
        return words
    cut = words[: most - 1].rsplit(" ", 1)[0]
    return f"{cut or words[: most - 1]}…"
