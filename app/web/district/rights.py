"""What a program that calls the API may do, as people choose it: for a purpose, or right by right. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.access.scopes import MEANING, ONEROSTER, Scope
from app.web.kit.words import _, later


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a program is for, with the rights that this takes; `pushes`: into a source of its own."""

    key: str
    title: str
    words: str
    scopes: tuple[Scope, ...]
    pushes: bool = False


PURPOSES: Final = (
    Purpose(
        "evidence",
        later("Sends what learners did"),
        later("A tool that pushes evidence into a source of its own. It reads nothing."),
        ("evidence.write",),
        pushes=True,
    ),
    Purpose(
        "badges",
        later("Sends badges"),
        later("A platform that pushes badges into a source of its own. It reads nothing."),
        ("credentials.write",),
        pushes=True,
    ),
    Purpose(
        "program",
        later("Hands in for a program"),
        later("A program's own software. What it hands in is reviewed, and it sees how that stands."),
        ("programs.submit",),
        pushes=True,
    ),
    Purpose(
        "reader",
        later("Reads records"),
        later("A dashboard: records, badges, frameworks, and what changes. Nothing sensitive, and it changes nothing."),
        ("learners.read", "credentials.read", "frameworks.read", "events.read"),
    ),
    Purpose(
        "roster",
        later("Reads the roster"),
        later("A vendor, by OneRoster 1.2: what you share with it, without birth dates."),
        (f"{ONEROSTER}roster-core.readonly",),  # type: ignore[arg-type]  # it is a scope
    ),
)
"""The usual purposes, those that read nothing first."""

AREAS: Final = (
    (later("Records"), ("learners.", "events.")),
    (later("Sending in"), ("evidence.", "credentials.write", "programs.submit")),
    (later("Badges and credentials"), ("credentials.", "shares.")),
    (later("Plans and credit"), ("plans.", "credits.")),
    (later("Programs"), ("programs.",)),
    (later("Frameworks"), ("frameworks.",)),
    (later("Roster"), (ONEROSTER,)),
    (later("Running the district"), ("sources.", "quarantine.", "identity.", "clients.", "audit.")),
)
"""What rights are about, and how their scopes begin: a right is of the first area that fits its scope."""


def area(scope: str) -> str:
    """What a right is about, in the reader's language."""
    return next((_(words) for words, beginnings in AREAS if scope.startswith(beginnings)), scope)


def by_area(scopes: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Rights with what they mean, by what they are about."""
    areas: dict[str, list[tuple[str, str]]] = {_(words): [] for words, _beginnings in AREAS}
    for scope in scopes:
        meaning = next((words for known, words in MEANING.items() if known == scope), scope)
        areas.setdefault(area(scope), []).append((scope, _(meaning)))
    return {name: rights for name, rights in areas.items() if rights}


def purpose(key: str) -> Purpose | None:
    """The purpose of that key."""
    return next((known for known in PURPOSES if known.key == key), None)
