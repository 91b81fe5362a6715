"""The letters to programs, families and stewards: short, in their language or in each, and with no child's name.

Pure.
"""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from app.operations.watching import NoticeKind as SourceNoticeKind
from app.programs.notices import NoticeKind
from app.programs.summary import Summary
from app.web.kit.words import LANGUAGES, _, day, later, month, ngettext, speak


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter's subject, and its text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class About:
    """What letters are about: the district, the program, and where the service is reached."""

    district: str
    program: str
    home: str


def news(about: About, counts: Mapping[NoticeKind, int], language: str | None) -> Letter:
    """What happened to what a program handed in, counted."""

    def write() -> Letter:
        line_of: dict[NoticeKind, str] = {
            "in the record": ngettext(
                "%(n)s is in the record now.", "%(n)s are in the record now.", counts.get("in the record", 0)
            ),
            "asked back": ngettext(
                "%(n)s was asked back: it waits for you to mend it.",
                "%(n)s were asked back: they wait for you to mend them.",
                counts.get("asked back", 0),
            ),
            "not taken in": ngettext(
                "%(n)s was not taken in. You are told why.",
                "%(n)s were not taken in. You are told why.",
                counts.get("not taken in", 0),
            ),
            "taken back": ngettext(
                "%(n)s was taken out of the record again.",
                "%(n)s were taken out of the record again.",
                counts.get("taken back", 0),
            ),
            "badge revoked": ngettext(
                "The badge of %(n)s was revoked. You are told why.",
                "The badges of %(n)s were revoked. You are told why.",
                counts.get("badge revoked", 0),
            ),
        }
        lines = [f"- {line}" for kind, line in line_of.items() if counts.get(kind)]
        begins = _("Of what %(program)s handed in to %(district)s:", program=about.program, district=about.district)
        ends = _("Sign in to see which: %(address)s", address=f"{about.home}/program")
        return Letter(
            _("News for %(program)s", program=about.program), _paragraphs(begins, "\n".join(lines), ends, _(NO_NAMES))
        )

    return _letter(write, language)


NO_NAMES = later("No names and no work of learners are sent by e-mail.")


def family(about: About, kind: NoticeKind, language: str | None) -> Letter:
    """What a family is told of something their child did."""

    def write() -> Letter:
        place = {"program": about.program, "district": about.district}
        if kind == "taken back":
            what = _(
                "Something your child did at %(program)s was taken out of the learning record of %(district)s.", **place
            )
        else:
            what = _(
                "%(program)s handed in something your child did there, and %(district)s has taken it into your child's "
                "learning record.",
                **place,
            )
        see = _(
            "To see it, sign in at %(address)s with the invitation you have from school, or ask the school for one.",
            address=f"{about.home}/mine",
        )
        consent = _("If you do not want it to be kept, say so there, to the program, or to the school.")
        why = _("You get this because the program gave this address as the parent's or guardian's.")
        return Letter(_("From %(district)s: news of your child's work", **place), _paragraphs(what, see, consent, why))

    return _letter(write, language)


def claim(district: str, address: str, until: datetime, language: str | None) -> Letter:
    """The link by which a family claims what was issued to their child."""

    def write() -> Letter:
        what = _(
            "%(district)s has issued something to a learner of your family. To see it and keep it, open:",
            district=district,
        )
        ends = _(
            "The link works until %(day)s. It opens what was issued, and nothing else of the record.", day=day(until)
        )
        why = _("You get this because the school has this address for your family. If that is wrong, tell the school.")
        return Letter(
            _("From %(district)s: something to claim", district=district), _paragraphs(what, address, ends, why)
        )

    return _letter(write, language)


def source(district: str, name: str, kind: SourceNoticeKind, address: str, language: str | None) -> Letter:
    """What a district's steward is told of a source."""

    def write() -> Letter:
        place = {"source": name, "district": district}
        subject, what = {
            "held": (
                _("%(source)s is held back", **place),
                _(
                    "The last sync of %(source)s (%(district)s) was held: too much would vanish at once. Nothing was "
                    "changed. Somebody has to look, and say what may go.",
                    **place,
                ),
            ),
            "failing": (
                _("%(source)s does not come through", **place),
                _(
                    "Syncs of %(source)s (%(district)s) fail again and again, or it was paused because one did. "
                    "What was stored before stays as it is.",
                    **place,
                ),
            ),
            "late": (
                _("%(source)s is late", **place),
                _(
                    "%(source)s (%(district)s) was due hours ago, and no sync of it has ended since. Is the worker "
                    "running, and does the source answer?",
                    **place,
                ),
            ),
            "well": (
                _("%(source)s is well again", **place),
                _("%(source)s (%(district)s) was synced. There is nothing to do.", **place),
            ),
        }[kind]
        see = _("Look at it: %(address)s", address=address)
        why = _("You get this because your district has chosen you to be told of its sources.")
        return Letter(subject, _paragraphs(what, see, why))

    return _letter(write, language)


def month_letter(about: About, summary: Summary, language: str | None) -> Letter:
    """How a program's month was."""

    def write() -> Letter:
        named = month(summary.month)
        lines = [
            f"- {_('Handed in')}: {summary.handed_in}",
            f"- {_('In the record')}: {summary.accepted}",
            f"- {_('Asked back')}: {summary.asked_back}",
            f"- {_('Not taken in')}: {summary.not_taken_in}",
            f"- {_('Waiting for the district')}: {summary.waiting}",
        ]
        badges = [f"- {name}: {count}" for name, count in summary.badges.items()]
        address = f"{about.home}/program/months?month={summary.month:%Y-%m}"
        return Letter(
            _("%(program)s in %(month)s", program=about.program, month=named),
            _paragraphs(
                _("How %(month)s was for %(program)s:", month=named, program=about.program),
                "\n".join(lines),
                "\n".join([_("Badges:"), *badges]) if badges else "",
                _("The whole of it: %(address)s", address=address),
            ),
        )

    return _letter(write, language)


def _letter(write: Callable[[], Letter], language: str | None) -> Letter:
    """A letter in a language; where nobody has chosen one, in each there is, one after the other."""
    chosen = [language] if language in LANGUAGES else list(LANGUAGES)
    letters = [_in(code, write) for code in chosen if code]
    subjects = dict.fromkeys(letter.subject for letter in letters)
    return Letter(" / ".join(subjects), "\n\n* * *\n\n".join(letter.text for letter in letters) + "\n")


def _in(language: str, write: Callable[[], Letter]) -> Letter:
    def spoken() -> Letter:
        speak(language)
        return write()

    return copy_context().run(spoken)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
