"""What is wrong with a row of a list, in the reader's language: the domain says it in English, which the API keeps."""

from app.web.kit.words import _, day, later, retold

PATTERNS = (
    (
        r"'(?P<cell>.*)' is an error or a formula of the spreadsheet: mend it there",
        later("'%(cell)s' is an error or a formula of the spreadsheet: mend it there"),
    ),
    (r"'(?P<cell>.*)' does not say whether it is done", later("'%(cell)s' does not say whether it is done")),
    (
        r"'(?P<cell>.*)' says neither yes nor no: whether a parent or guardian has agreed",
        later("'%(cell)s' says neither yes nor no: whether a parent or guardian has agreed"),
    ),
    (
        r"the program has no badge '(?P<name>.*)': it has none",
        later("the program has no badge '%(name)s': it has none"),
    ),
    (
        r"the program has no badge '(?P<name>.*)': it has (?P<known>.*)",
        later("the program has no badge '%(name)s': it has %(known)s"),
    ),
    (
        r"the program offers no '(?P<name>.*)': it offers (?P<known>.*)",
        later("the program offers no '%(name)s': it offers %(known)s"),
    ),
    (
        r"'(?P<cell>.*)' is no stage of a project: they are (?P<known>.*)",
        later("'%(cell)s' is no stage of a project: they are %(known)s"),
    ),
    (
        r"'(?P<cell>.*)' is no address: it begins with https://",
        later("'%(cell)s' is no address: it begins with https://"),
    ),
    (
        r"'(?P<cell>.*)' may be read month first or day first: .*",
        later("'%(cell)s' may be read month first or day first: say which below the list, or write it as 2026-10-03"),
    ),
    (
        r"'(?P<cell>.*)' is no date like 10/03/2026 or 2026-10-03",
        later("'%(cell)s' is no date like 10/03/2026 or 2026-10-03"),
    ),
    (
        r"line (?P<line>\d+) has the same number for another name: one of the two is a slip",
        later("line %(line)s has the same number for another name: one of the two is a slip"),
    ),
    (
        r"line (?P<line>\d+) has the same learner, activity and day: tell them apart, or take one out",
        later("line %(line)s has the same learner, activity and day: tell them apart, or take one out"),
    ),
    (r"(?P<day>\d{4}-\d\d-\d\d) is no birth date", later("%(day)s is no birth date")),
    (r"(?P<day>\d{4}-\d\d-\d\d) is still to come", later("%(day)s is still to come")),
    (
        r"only a passion project has stages: say which one it is part of",
        later("only a passion project has stages: say which one it is part of"),
    ),
    (r"at most (?P<most>\d+) pieces", later("at most %(most)s pieces")),
    (r"more than (?P<most>\d+) characters", later("more than %(most)s characters")),
    (
        r"is an id that a spreadsheet has rounded: export the file again, do not open it",
        later("is an id that a spreadsheet has rounded: export the file again, do not open it"),
    ),
    (r"is not an id: it has a fraction", later("is not an id: it has a fraction")),
)
"""What is said of a row with values in it: how that is found, and what is said for it."""


def translated(why: str) -> str:
    """What is wrong with a row; what is not known here as it is."""
    return retold(why, PATTERNS, lambda name, value: day(value) if name == "day" else value) or _(why)
