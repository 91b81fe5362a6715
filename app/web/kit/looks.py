"""How a badge without a picture is drawn, to choose from: its color and what stands on it."""

from app.issuing.picture import COLOR
from app.issuing.picture import COLORS as GROUNDS
from app.web.kit.forms import Posted
from app.web.kit.words import _, later

ICONS = {
    "star": later("Star"),
    "gear": later("Gear wheel"),
    "book": later("Book"),
    "flask": later("Flask"),
    "leaf": later("Leaf"),
    "note": later("Music"),
    "globe": later("Globe"),
    "heart": later("Heart"),
    "cup": later("Cup"),
    "tiles": later("Tiles"),
}
NAMES = (later("Teal"), later("Brick"), later("Green"), later("Violet"), later("Blue"), later("Ocher"))
COLORS = dict(zip(GROUNDS, NAMES, strict=True))
BY_NAME = later("By its name")


def colors(chosen: str | None = None) -> list[tuple[str, str]]:
    """The colors, with their names; the first is none. `chosen`: one that may be none of these."""
    own = [(chosen, chosen)] if chosen and chosen not in COLORS else []
    return [("", _(BY_NAME)), *((ground, _(words)) for ground, words in COLORS.items()), *own]


def icons() -> list[tuple[str, str]]:
    """The icons, with their names; the first is none."""
    return [("", _(BY_NAME)), *((icon, _(words)) for icon, words in ICONS.items())]


def color(sent: Posted) -> str | None:
    """The color that was chosen in a form."""
    return sent.text("color") if COLOR.fullmatch(sent.text("color")) else None


def icon(sent: Posted) -> str | None:
    """The icon that was chosen in a form."""
    return sent.text("icon") if sent.text("icon") in ICONS else None
