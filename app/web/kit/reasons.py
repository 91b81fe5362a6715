"""Why a piece of evidence decided a level or did not, in the reader's language.

Rules say it in English, which the API and explanations keep; a page says it again.
"""

from app.web.kit.words import _, day, later, retold

SAID = (
    later("decided"),
    later("an earlier one, or of the same time and showing less: only the latest counts"),
    later("another one is as high or higher"),
    later("below mastery: only results at mastery count"),
    later("outside the run that decided"),
    later("does not count"),
    later("only the last ones count"),
    later("only the last ones count, and of these the middle"),
    later("others of the last ones are as high or higher, or it is before them"),
    later("another level was shown more often"),
    later("a teacher of record set the level, which goes before what was shown"),
    later("another level that a teacher of record set later goes before it"),
    later("it is the learner's own assessment, which counts only where a policy says so"),
    later("it is told in words alone"),
    later("it is not enough by itself, and what decided was shown of another competency"),
    later("it is not enough by itself, and the parts of the competency decided"),
)
"""What `app.mastery` says in fixed words."""
PATTERNS = (
    (
        r"it covers this competency '(?P<what>.*)' alone, as its alignment was decided",
        later("it covers only a part of this competency"),
    ),
    (r"(?P<what>.*): it does not count until its source corrects that", later("its source has to correct it first")),
    (r"it is dated (?P<day>[\d-]+), after the time asked for", later("it is dated %(day)s, which is still to come")),
    (r"it expired on (?P<day>[\d-]+)", later("it expired on %(day)s")),
    (r"'(?P<what>.*)' does not count in this policy", later("evidence of this kind does not count here")),
    (r"its confidence (?P<what>\S+) is below (?P<least>\S+)", later("it is not certain enough")),
    (
        r"'(?P<what>.*)' is a word of its source's own, which this policy does not know",
        later('"%(what)s" is a word of its source, and nobody has said yet which level it means'),
    ),
    (
        r"the scale '(?P<what>.*)' has no conversion in this policy",
        later("nobody has said yet which levels its scale means"),
    ),
    (
        r"it was set on (?P<day>[\d-]+), after the time asked for",
        later("it was set on %(day)s, which is still to come"),
    ),
    (r"it was set until (?P<day>[\d-]+)", later("it was set until %(day)s")),
    (r"the policy in force has no level '(?P<what>.*)'", later('the rule has no level "%(what)s" any more')),
)
"""What it says with values in it: how that is found, and what is said for it."""


def translated(why: str) -> str:
    """A reason in the reader's language; one that is not known here as it is."""
    return retold(why, PATTERNS, lambda name, value: day(value) if name == "day" else value) or _(why)
