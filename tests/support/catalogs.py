"""The words of pages: what is said in templates and code, and what catalogs have of it.

`python -m tests.support.catalogs` adds to `app/web/locale/es/<room>.po` what is said in a room and stands in none.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.lexer import TOKEN_DATA

from app.access.scopes import MEANING
from app.matching.explain import WORDS
from app.web.district.settings_form import settings_of
from connectors import discover

ROOT = Path(__file__).parents[2]
WEB = ROOT / "app" / "web"
LOCALE = WEB / "locale"
ERRORS = ("Invalid", "Conflict", "NotFound", "Gone", "Denied", "Unauthenticated", "SignInFirst")
"""What is raised in `app/people` is shown on pages: its first argument is in the catalog."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "later": None}
CODES = ("article", "summary", "https://")
"""What attributes hold that is read by programs, or in every language."""

Words = str | tuple[str, str]


def words_of_pages() -> dict[Words, str]:
    """All words that pages say, each with the room that says it: the folder of its module, or its template's."""
    rooms: dict[Words, str] = {}
    for path in sorted(WEB.rglob("*.py")):
        _note(rooms, path, "python", KEYWORDS, path.parent.name)
    for path in sorted((ROOT / "app" / "people").glob("*.py")):
        _note(rooms, path, "python", {**KEYWORDS, **dict.fromkeys(ERRORS)}, "people")
    rooms |= dict.fromkeys(MEANING.values(), "district")  # the page of programs and keys says what each scope allows
    rooms |= dict.fromkeys((phrase for levels in WORDS.values() for phrase in levels.values() if phrase), "district")
    for connector in discover().values():
        for setting in settings_of(connector, {}):
            rooms |= {words: "connectors" for words in (setting.label, setting.help) if words and words not in rooms}
    for path in sorted((WEB / "templates").rglob("*.html")):
        _note(rooms, path, "jinja2", KEYWORDS, room_of(path))
    return rooms


def room_of(template: Path) -> str:
    """The room of a template: its folder, or `people` for those beside each other."""
    return template.parent.name if template.parent.name != "templates" else "people"


def known(language: str = "es") -> dict[Words, str]:
    """What a language's catalogs have: words, and what they say for it."""
    words: dict[Words, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        for message in read(path, language):
            if message.id:
                key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
                said_so = message.string if isinstance(message.string, str) else "\n".join(message.string)
                words[key] = said_so if said_so.strip() else words.get(key, "")
    return words


def read(path: Path, language: str) -> Catalog:
    with path.open("rb") as opened:
        return read_po(opened, locale=language)


def outside(path: Path) -> Iterator[tuple[int, str]]:
    """The letters of a template that stand in no catalog: text between tags, and attributes that are read."""
    made = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    plain: list[tuple[int, str]] = []
    inside = pending = False
    for line, token, value in made.lex(path.read_text()):
        if token == "block_begin":
            pending = True
        elif token == "name" and pending:
            inside = value == "trans" or (inside and value != "endtrans")
            pending = False
        elif token == TOKEN_DATA and not inside:
            plain.append((line, value))
        elif token == "variable_begin":
            plain.append((line, "\0"))
    text = "".join(value for _, value in plain)
    text = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", "", text, flags=re.DOTALL)
    for match in re.finditer(r"\b(?:alt|title|placeholder|aria-label|content)=\"([^\"]*[A-Za-z][^\"]*)\"", text):
        if "width=" not in match[1] and match[1] not in CODES:
            yield 0, match[1]
    for match in re.finditer(r"[^<>]*[A-Za-z]{2}[^<>]*", re.sub(r"<[^<>]*>", "<>", text)):
        words = match[0].replace("\0", " ").strip()
        if (
            words
            and not words.startswith("aria-")
            and not re.fullmatch(r"(&\w+;|\W|Tessera|API|JSON|PNG|SVG|PDF|CSV|JWT|openapi\.json)*", words)
        ):
            yield 0, words


def main() -> None:
    """Add what is missing, empty, to the catalog of its room."""
    have = known()
    rooms: dict[str, list[Words]] = {}
    for words, room in words_of_pages().items():
        if words not in have:
            rooms.setdefault(room, []).append(words)
    for room, missing in rooms.items():
        path = LOCALE / "es" / f"{room}.po"
        catalog = read(path, "es") if path.exists() else Catalog(locale="es", fuzzy=False)
        for words in missing:
            catalog.add(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=0, sort_output=True, omit_header=True)
        print(f"{path.relative_to(ROOT)}: {len(missing)} to be translated")


def _note(rooms: dict[Words, str], path: Path, method: str, keywords: object, room: str) -> None:
    how = "jinja2.ext:babel_extract" if method == "jinja2" else method
    with path.open("rb") as opened:
        options = {"trimmed": "true", "silent": "false"} if method == "jinja2" else {}
        for _, words, _, _ in extract(how, opened, keywords, options=options):  # type: ignore[arg-type]
            key = tuple(words) if isinstance(words, list | tuple) else words
            if key:
                rooms.setdefault(key, room)


if __name__ == "__main__":
    main()
