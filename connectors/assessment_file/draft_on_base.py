"""A layout drafted for a file that a shipped one nearly knows: what is called otherwise, and what is new."""

from collections.abc import Iterator
from difflib import get_close_matches

from connectors.assessment_file.draft_results import in_list, in_text
from connectors.assessment_file.header import Match
from connectors.assessment_file.names import AGAIN, plain

ALIKE = 0.8
"""How much of two names must be the same for one to be taken for the other, from 0 to 1."""


def draft_on(near: Match, name: str, title: str) -> str | None:
    """The text of a layout on the base of a near one; None where the file is none of that vendor's.

    Columns called otherwise are aliases, each a doubt; new ones are kept as they are.
    """
    if near.missing and not near.is_near:
        return None
    called = {column: like for column in near.missing if (like := near.like(column))}
    gone = [column for column in near.missing if column not in called]
    for column in near.unknown:
        if column not in called.values() and not AGAIN.search(column) and (own := _like_one_of(near, column, called)):
            called[own] = column
    if any(column not in near.layout.signature for column in gone):
        return None
    return "\n".join(_lines(near, name, title, called, gone)) + "\n"


def _like_one_of(near: Match, column: str, called: dict[str, str]) -> str | None:
    """The column of the layout that one it does not know looks like, if the file has none of that name."""
    absent = near.layout.named.difference(near.columns, called)
    shapes = {plain(own): own for own in sorted(absent)}
    like = get_close_matches(plain(column), shapes, n=1, cutoff=ALIKE)
    return shapes[like[0]] if like else None


def _lines(near: Match, name: str, title: str, called: dict[str, str], gone: list[str]) -> Iterator[str]:
    layout = near.layout
    new = [column for column in near.unknown if column not in called.values()]
    yield f"# A layout for {title}, on the base of {layout.name}, which knows {near.share:.0%} of its columns."
    if not near.missing:
        yield f"# {layout.name} reads it as it is: keep this only where something of it is to be said otherwise."
    yield from (f"# DOUBT: {like!r} may be what {layout.name} calls {own!r}" for own, like in called.items())
    yield from (f"# DOUBT: there is no {column!r}: see whether it is the same test" for column in gone)
    yield from (f"name = {in_text(name)}", f"base = {in_text(layout.name)}", f"title = {in_text(title)}")
    if gone:
        left = [column for column in layout.signature if column not in gone]
        yield f"signature = {in_list(left or list(layout.key))}"
    if new:
        yield f"keep = {in_list([*layout.keep, *new])}"
    if called:
        yield from ("", "[aliases]")
        yield from (f"{in_text(own)} = {in_list([*layout.aliases.get(own, ()), like])}" for own, like in called.items())
