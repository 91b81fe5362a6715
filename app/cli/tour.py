"""A tour: what there is to see, one screen at a time, with a pause between them where somebody watches."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding

from app.cli.console import out


@dataclass(slots=True)
class Screen:
    """What fits on one screen of a terminal: a title, and what stands below it."""

    title: str
    parts: list[RenderableType] = field(default_factory=list)

    def add(self, part: RenderableType) -> None:
        """Something more to see. Texts are markup."""
        self.parts.append(part)

    def reason(self, where: str, reason: str) -> None:
        """A record set apart, and below it why."""
        self.add(f"  {escape(where)}")
        self.add(Padding(escape(reason), (0, 0, 0, 6)))


def walk(screens: Sequence[Screen], *, pauses: bool) -> None:
    """Show screens one after the other; with pauses, each waits for Enter, and q ends the tour."""
    watched = pauses and sys.stdin.isatty() and out.is_terminal
    for number, screen in enumerate(screens, 1):
        out.print()
        out.rule(f"[bold]{escape(screen.title)}[/]  [dim]{number} of {len(screens)}[/]", align="left")
        for part in screen.parts:
            out.print(part, soft_wrap=isinstance(part, str))
        if watched and number < len(screens) and _ended():
            return


def _ended() -> bool:
    """Wait for Enter; whether it was q instead."""
    try:
        return out.input("\n[dim]Enter: next, q: end [/]").strip().lower() == "q"
    except EOFError:
        return True
