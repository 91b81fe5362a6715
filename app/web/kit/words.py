"""The language of a page: its words from a catalog, its dates and numbers as they are written there.

A page speaks the language its reader has chosen, or else the first of their browser's that there is a catalog of. What
is not in a catalog is said in English. Catalogs are `app/web/locale/{language}/*.po`, one a room, read at start.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Any

from babel import Locale, dates, negotiate_locale, numbers
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

LANGUAGES = {"en": "English", "es": "Español"}
"""The languages there are, each called as its speakers call it."""

FORMATS = {"en": "en_US", "es": "es_US"}
Patterns = Sequence[tuple[str, str]]
"""How a sentence with values in it is recognized (a regular expression with named groups), and what is said for it."""
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> None:
    """From here on, in this request, words are in that language."""
    _LANGUAGE.set(language if language in LANGUAGES else "en")


def language() -> str:
    """The language of this request."""
    return _LANGUAGE.get()


def chosen(*wishes: str | None, header: str = "") -> str:
    """The language for a reader: the first wish that there is, or the best of their browser's (Accept-Language)."""
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    tags = sorted(_weighted(header), key=lambda weighted: -weighted[1])
    tag_chosen = negotiate_locale([tag for tag, weight in tags if weight > 0], list(LANGUAGES), sep="-")
    return tag_chosen or "en"


def _(words: str, /, **values: Any) -> str:
    """These words in the language of the request, with values in their places: `_("%(count)s rows", count=3)`."""
    sentence = translated(words)
    return str(sentence % values) if values else str(sentence)


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """Words in the language of the request, where one and many are said differently; `n` is among the values."""
    return catalog(language()).ngettext(singular, plural, n) % {"n": number(n), **values}


def translated(words: str) -> str:
    """What templates call: the words alone, for they put the values in themselves, escaped."""
    return catalog(language()).gettext(words) if words else ""  # of "" a catalog tells who made it


def spoken(words: str, /, **values: Any) -> Markup:
    """`_` of templates. What no catalog has is somebody's own words, perhaps in a complaint: text, never markup."""
    if words in ours():
        return Markup(translated(words)) % values  # noqa: S704  our own words, with what they are given escaped
    return escape(words) % values if values else escape(words or "")


@cache
def ours() -> frozenset[str]:
    """All words that catalogs translate: they are said by our own pages and code."""
    known = (message.id for code in LANGUAGES for message in _messages(code))
    return frozenset(words for words in known if isinstance(words, str))


def translated_plural(singular: str, plural: str, n: int) -> str:
    """What templates call, where one and many are said differently."""
    return catalog(language()).ngettext(singular, plural, n)


def retold(sentence: str, patterns: Patterns, say: Callable[[str, str], str]) -> str | None:
    """A sentence of the service's own with values in it, in the language of the request; None where no pattern fits.

    The first pattern that fits all of it counts. `say` says a value, given the name of its group in the pattern.
    """
    for pattern, words in patterns:
        if match := re.fullmatch(pattern, sentence, re.DOTALL):
            if "%(" not in words:
                return _(words)
            return _(words, **{name: say(name, value) for name, value in match.groupdict().items()})
    return None


def later(words: str) -> str:
    """Marks words for the catalog that are said later, by `_`."""
    return words


@cache
def catalog(language: str) -> NullTranslations:
    """All that is said in a language, from the catalogs of all rooms."""
    messages = list(_messages(language))
    if not messages:
        return NullTranslations()
    whole = Catalog(locale=language)
    for message in messages:
        message.string = _every_number(message.string, whole.num_plurals)
        whole[message.id] = message
    written = io.BytesIO()
    write_mo(written, whole)
    written.seek(0)
    return GNUTranslations(written)


def _messages(language: str) -> Iterator[Message]:
    """What the catalogs of a language have, room by room."""
    folder = files("app.web") / "locale" / language
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".po"):
                with file.open("rb") as opened:
                    yield from (message for message in read_po(opened, locale=language) if message.id)


def _every_number(message: Any, forms: int) -> Any:
    """What is said for one and for many, in as many forms as the language has: Spanish has another for millions."""
    if isinstance(message, str):
        return message
    singular, plural, *_more = message
    return (singular, *[plural] * (forms - 1))


def day(moment: Any) -> str:
    """A day, a moment or its ISO text, as a reader of the page's language writes a day: October 3, 2026."""
    return _long_day(_date(moment), FORMATS[language()])


def month(moment: Any) -> str:
    """A month, as a reader of the page's language writes it: October 2026."""
    return str(dates.format_skeleton("yMMMM", _date(moment), locale=_locale()))


def written_day(text: str) -> str:
    """A day that was written in English (3 October 2026), as a reader of the page's language writes it."""
    if language() == "en":
        return text
    try:
        return day(datetime.strptime(text, "%d %B %Y").date())  # noqa: DTZ007  a day, of no zone
    except ValueError:
        return text


def short_day(moment: Any) -> str:
    """A day, short: Oct 3."""
    return _short_day(_date(moment), FORMATS[language()])


def time(moment: datetime) -> str:
    """A moment, with its time of day in UTC."""
    return dates.format_datetime(moment.astimezone(UTC), "medium", locale=_locale())


def ago(moment: datetime) -> str:
    """How long ago that was, or how soon it will be: 5 minutes ago."""
    return dates.format_timedelta(moment - datetime.now(UTC), add_direction=True, locale=_locale())


def number(value: float) -> str:
    """A number as it is written in the page's language."""
    return _decimal(value, FORMATS[language()])


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "month": month,
    "written_day": written_day,
    "short_day": short_day,
    "time": time,
    "ago": ago,
    "number": number,
}
"""What templates call by name."""


def _locale() -> Locale:
    return _known(FORMATS[language()])


@cache
def _known(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache(4096)
def _long_day(of: date, formats: str) -> str:
    """A day in words: pages have the same ones many times, and making one takes 30 microseconds."""
    return dates.format_date(of, "long", locale=_known(formats))


@lru_cache(4096)
def _decimal(value: float, formats: str) -> str:
    return str(numbers.format_decimal(value, locale=_known(formats)))


@lru_cache(4096)
def _short_day(of: date, formats: str) -> str:
    return str(dates.format_skeleton("MMMd", of, locale=_known(formats)))


def _date(moment: Any) -> date:
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return value.date() if isinstance(value, datetime) else value


def _weighted(header: str) -> list[tuple[str, float]]:
    """The languages of an Accept-Language header, each with how much it is wanted."""
    weights = []
    for part in header.split(",")[:20]:
        tag, *parameters = part.strip().split(";")
        weight = next((parameter.strip()[2:] for parameter in parameters if parameter.strip().startswith("q=")), "1")
        try:
            weights.append((tag.strip(), float(weight)))
        except ValueError:
            continue  # a browser's nonsense is no wish
    return weights
