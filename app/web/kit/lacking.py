"""What a step of a plan, or a need of a credit rule, still lacks, in the reader's language."""

from app.web.kit import descriptors
from app.web.kit.again import Sentences
from app.web.kit.words import _, later

SENTENCES = (
    later("nothing shown, mastery wanted"),
    later("nothing shown, '%(level)s' wanted"),
    later("at '%(now)s', mastery wanted"),
    later("at '%(now)s', '%(level)s' wanted"),
    later("no framework has this competency any more"),
    later("the policy in force (%(policy)s) has no level '%(level)s'"),
    later("not in the record yet"),
)


def translated(lacks: str) -> str:
    """What lacks; the usual levels by their names, a district's own as it calls them."""
    return KNOWN.translated(lacks) or _(lacks)


def _level(name: str) -> str:
    return descriptors.usual(name) or name


KNOWN = Sentences(SENTENCES, readers={"level": _level, "now": _level})
