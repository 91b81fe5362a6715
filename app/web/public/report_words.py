"""What verification answers, and what a credential calls its parts, in the reader's language.

Verification says what it found in English, which APIs and logs keep; a page says it again. Somebody's exact words, keys
and addresses stay as they are.
"""

from app.web.kit.again import Sentences
from app.web.kit.words import _, day, later
from app.web.public.report_sentences import SENTENCES

PARTS = (
    *(
        later("Learner record"),
        later("Endorsement"),
        later("Badge"),
        later("Credits earned"),
        later("Credits available"),
    ),
    *(later("Result"), later("Competency"), later("Evidence"), later("Courses and credit"), later("Competencies")),
    *(later("Examinations"), later("Badges"), later("Projects and activities"), later("Coursework")),
    *(later("Term"), later("What was said of it"), later("Whose it is, to who knows their e-mail address")),
    later("Picture"),
)
"""What `app.sharing.readable` and `app.credentials.parts` call things."""
NUMBERED = {
    "Credential": later("Credential %(number)s"),
    "Course": later("Course %(number)s"),
    "Result": later("Result %(number)s"),
    "Evidence": later("Evidence %(number)s"),
}
"""Parts without a name of their own."""

TITLES = (
    *(later("Its issuer is known"), later("Can be read"), later("Says what its words mean")),
    *(later("Has the form the standard asks for"), later("Unchanged since it was signed")),
    *(later("Signed with a key of its issuer's identifier"), later("Not revoked or suspended"), later("Valid today")),
    *(later("Belongs to this person"), later("What it points to is unchanged"), later("Endorsed by others")),
    later("The credentials inside it"),
)
"""What verification asks."""

MEANT = (
    *(later("read your badges"), later("add badges to what you hold here"), later("read your learner records (CLR)")),
    *(
        later("add learner records (CLR) to what you hold here"),
        later("read your profile"),
        later("change your profile"),
    ),
)
"""What apps ask for."""

HEADS = (
    later("This credential is valid as far as its signature goes. %(rest)s"),
    later("This credential is valid: %(rest)s"),
    later("This credential is not valid: %(rest)s"),
    later("This credential could not be confirmed: %(rest)s"),
)
"""How a report begins that is said in one sentence."""
AGAIN = ("rest", "why", "what")
"""Values that are sentences themselves, or may be."""


def translated_part(name: str) -> str:
    """What a part of a credential is called; the name that its issuer gave it stays as it is."""
    kind, _blank, number = name.rpartition(" ")
    return _(NUMBERED[kind], number=number) if kind in NUMBERED and number.isdecimal() else _(name)


def translated_report(words: str) -> str:
    """What a report says, in one sentence or several."""
    if (translated := KNOWN.translated(words)) is not None:
        return translated
    first, _blank, rest = words.partition(". ")
    if rest and (translated := translated_report(f"{first}.")) != f"{first}.":
        return f"{translated} {translated_report(rest)}"
    return _(words)


KNOWN = Sentences(
    SENTENCES, readers={**dict.fromkeys(AGAIN, translated_report), "day": day}, slots={"day": r"\d[\d-]+"}, first=HEADS
)
"""What reports say, the sentence with most words of its own first."""
