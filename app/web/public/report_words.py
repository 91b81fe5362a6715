"""What verification answers, and what a credential calls its parts, in the reader's language.

Verification says what it found in English, which APIs and logs keep; a page says the usual of it again. What is not
here names somebody's exact words, keys or addresses, and stays as it is.
"""

import re

from app.web.kit.words import _, day, later

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
)
"""What `app.sharing.readable` calls things."""

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

BY_DOMAIN = later("Its issuer is known by its domain alone: whoever holds %(what)s made it. No list here names it.")
BY_PLACE = later(
    "Its issuer is known by its domain alone: whoever may publish at %(what)s made it. No list here names it."
)
UNLISTED = later("It is not on the issuer's list of revoked or suspended credentials.")
HEADS = (
    (
        r"This credential is valid as far as its signature goes\. (?P<rest>.*)",
        later("This credential is valid as far as its signature goes. %(rest)s"),
    ),
    (r"This credential is valid: (?P<rest>.*)", later("This credential is valid: %(rest)s")),
    (r"This credential is not valid: (?P<rest>.*)", later("This credential is not valid: %(rest)s")),
    (
        r"This credential could not be confirmed: (?P<rest>.*)",
        later("This credential could not be confirmed: %(rest)s"),
    ),
)
ANSWERS = (
    (r"It was read as (?P<what>.*)\.", later("It was read as %(what)s.")),
    (r"It follows (?P<what>.*)\.", later("It follows %(what)s.")),
    (r"It has the form of its standard: (?P<what>.*)\.", later("It has the form of its standard: %(what)s.")),
    (r"It has the form of an Assertion\.", later("It has the form of an Assertion.")),
    (r"It is valid until (?P<day>[\d-]+)\.", later("It is valid until %(day)s.")),
    (r"It expired on (?P<day>[\d-]+)\.", later("It expired on %(day)s.")),
    (r"It is not valid before (?P<day>[\d-]+)\.", later("It is not valid before %(day)s.")),
    (r"It does not expire\.", later("It does not expire.")),
    (r"It is unchanged since it was signed\.", later("It is unchanged since it was signed.")),
    (r"Its signature does not hold: (?P<what>.*)\.", later("Its signature does not hold: %(what)s.")),
    (r"The key is one of the issuer's own\.", later("The key is one of the issuer's own.")),
    (r"It is not marked as revoked\.", later("It is not marked as revoked.")),
    (r"Its issuer took it back\.", later("Its issuer took it back.")),
    (r"Every word in it is .*", later("Every word in it is defined by a context that is known here.")),
    (r"It is not on the issuer's list of .*", UNLISTED),
    (r"Its issuer is on (?P<what>.*)\.", later("Its issuer is on %(what)s.")),
    (r"Its issuer is known by its domain alone: whoever holds (?P<what>\S+) .*", BY_DOMAIN),
    (r"Its issuer is known by its domain alone: whoever may publish at (?P<what>\S+) .*", BY_PLACE),
    (r"Nobody here knows its issuer: (?P<what>.*)", later("Nobody here knows its issuer: %(what)s")),
    (r"All (?P<what>\d+) credentials inside it are valid\.", later("All %(what)s credentials inside it are valid.")),
)  # fmt: skip
"""Sentences of a report: how they are found, and what is said for them."""


def said_of_report(words: str) -> str:
    """A sentence of a report."""
    for pattern, template in (*HEADS, *ANSWERS):
        if match := re.fullmatch(pattern, words, re.DOTALL):
            values = match.groupdict()
            if "rest" in values:
                values["rest"] = said_of_report(values["rest"])
            if "day" in values:
                values["day"] = day(values["day"])
            return _(template, **values) if values else _(template)
    return _(words)
