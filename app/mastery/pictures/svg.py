"""The few SVG parts the pictures are made of: escaped text, wrapped lines, marks that differ by shape and by color.

Colors: the ramp of levels is one hue from light to dark, so that it reads in gray and to every eye; marks take their
colors from M. Okabe and K. Ito's color universal design, and their shapes say the same once more.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from app.mastery.pictures.wording import Say, in_english

INK, SOFT, FAINT, TRACK, PAPER = "#1b2733", "#52606d", "#8794a1", "#e4e9ee", "#ffffff"
RAMP = ("#b9d3ea", "#7fb0d8", "#3d83bd", "#0f4c81")
"""From the lowest level to the highest."""
MET = "#0f4c81"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

Shape = Literal["square", "circle", "triangle", "diamond"]


FADED = 0.4
"""How opaque the mark is of what did not decide a level."""
UNDECIDING = "faint: did not decide the level"


class Mark(NamedTuple):
    """How a kind of evidence is drawn, and what it is called."""

    shape: Shape
    color: str
    name: str


SCHOOL = Mark("square", "#0072b2", "school")
ADAPTIVE = Mark("circle", "#d55e00", "adaptive tool")
BEYOND = Mark("triangle", "#009e73", "after school")
HOME = Mark("diamond", "#7b5ea7", "home or work")
MARKS = (SCHOOL, ADAPTIVE, BEYOND, HOME)


def mark_of(setting: str | None, method: str | None) -> Mark:
    """The mark of evidence learned in a setting, or come about in an adaptive tool wherever that was."""
    if method == "adaptive":
        return ADAPTIVE
    if setting in ("after-school", "summer"):
        return BEYOND
    return HOME if setting in ("home", "work") else SCHOOL


def shade(rank: int, count: int) -> str:
    """The color of a level, counted from 0, on a scale of so many."""
    return RAMP[round(rank * (len(RAMP) - 1) / max(1, count - 1))]


def attributes(**values: object) -> str:
    """Attributes as text: `font_size` is written font-size, a trailing underscore is dropped, numbers are short."""
    return "".join(
        [
            f' {_written(name)}="{number(value)}"'
            if isinstance(value, float | int)
            else f" {_written(name)}={_quoted(str(value))}"
            for name, value in values.items()
            if value is not None
        ]
    )


@cache
def _written(name: str) -> str:
    """The name of an attribute as SVG has it."""
    return name.rstrip("_").replace("_", "-")


@lru_cache(4096)
def _quoted(value: str) -> str:
    """A value between quotes: colors, fonts and places come again and again."""
    return quoteattr(value)


def number(value: object) -> str:
    """A value as text, a number with at most one decimal."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def text(x: float, y: float, words: str, *, size: float = 13, fill: str = INK, **more: object) -> str:
    """A line of text that begins at (or with `text_anchor`, ends at) a point on its baseline."""
    return f"<text{attributes(x=x, y=y, font_size=size, fill=fill, **more)}>{escape(words)}</text>"


def rect(x: float, y: float, width: float, height: float, **more: object) -> str:
    """A rectangle."""
    return f"<rect{attributes(x=x, y=y, width=width, height=height, **more)}/>"


def line(x1: float, y1: float, x2: float, y2: float, **more: object) -> str:
    """A straight line."""
    return f"<line{attributes(x1=x1, y1=y1, x2=x2, y2=y2, **more)}/>"


def path(points: Iterable[tuple[float, float]], **more: object) -> str:
    """A line through points."""
    steps = " L ".join(f"{number(float(x))} {number(float(y))}" for x, y in points)
    return f"<path{attributes(d=f'M {steps}', fill='none', **more)}/>"


def mark(x: float, y: float, kind: Mark, radius: float = 5) -> str:
    """A mark around a point, with a light rim so that marks that overlap stay apart."""
    r = radius
    look = attributes(fill=kind.color, stroke=PAPER, stroke_width=1.2)
    if kind.shape == "square":
        return f"<rect{attributes(x=x - r * 0.9, y=y - r * 0.9, width=r * 1.8, height=r * 1.8, rx=1)}{look}/>"
    if kind.shape == "circle":
        return f"<circle{attributes(cx=x, cy=y, r=r)}{look}/>"
    if kind.shape == "triangle":
        corners = ((x, y - r * 1.15), (x + r * 1.1, y + r * 0.85), (x - r * 1.1, y + r * 0.85))
    else:
        corners = ((x, y - r * 1.25), (x + r * 1.25, y), (x, y + r * 1.25), (x - r * 1.25, y))  # type: ignore[assignment]
    points = " ".join(f"{number(float(a))},{number(float(b))}" for a, b in corners)
    return f"<polygon{attributes(points=points)}{look}/>"


def legend(
    parts: list[str], width: float, kinds: Iterable[Mark], faint: str = "", say: Say = in_english
) -> tuple[float, float]:
    """What the marks mean that occur, and that faint ones mean something else; answers where it ends."""
    x, y = 16.0, 26.0
    present = {*kinds}
    for kind, spoken in [
        *((kind, kind.name) for kind in MARKS if kind in present),
        *([(None, faint)] if faint else ()),
    ]:
        words = say(spoken)
        room = 20 + measured(words, 12)
        if x + room > width - 8:
            x, y = 16.0, y + 20
        drawn = mark(x + 5, y - 4, kind or next(known for known in MARKS if known in present))
        parts += [drawn if kind else f'<g opacity="{FADED}">{drawn}</g>', text(x + 16, y, words, size=12, fill=SOFT)]
        x += room + 12
    return x, y


def titled(title: str, parts: Iterable[str]) -> str:
    """A group that says in words what it shows."""
    return f"<g><title>{escape(title)}</title>{''.join(parts)}</g>"


A_PAGE = 1.5
"""How much higher than wide a picture is that fills a page."""


def picture(name: str, width: float, height: float, title: str, description: str, parts: Sequence[str]) -> str:
    """A whole picture, which scales to the width it is given; `name` makes the ids of its text alternatives its own."""
    head = attributes(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        font_family=FONT,
        **({"data_long": ""} if height > A_PAGE * width else {}),  # on paper it is not made small to fit
    )
    return (
        f"<svg{head}>"
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>\n"
    )


WIDE, THIN = set("mwMWABCDGHKNOQRUVXYZ@%&—"), set("iljtfrI.,:;'!|()[] ")


def measured(words: str, size: float) -> float:
    """About how wide a text is in a plain sans serif; never much less than it turns out."""
    return _ems(words) * size


@lru_cache(8192)
def _ems(words: str) -> float:
    return sum([0.84 if c in WIDE else 0.37 if c in THIN else 0.61 for c in words])


def wrapped(words: str, width: float, size: float, lines: int) -> list[str]:
    """A text in at most so many lines of that width; what does not fit is cut with an ellipsis."""
    rows: list[str] = []
    rest = words.split()
    while rest and len(rows) < lines:
        count = 1
        while count < len(rest) and measured(" ".join(rest[: count + 1]), size) <= width:
            count += 1
        rows.append(" ".join(rest[:count]))
        rest = rest[count:]
    if rows and rest:
        rows[-1] += " …"
    return [_cut(row, width, size) if measured(row, size) > width else row for row in rows]


def _cut(words: str, width: float, size: float) -> str:
    bare = words.removesuffix(" …")
    while bare and measured(bare + "…", size) > width:
        bare = bare[:-1]
    return bare.rstrip(" ,;.") + "…"
