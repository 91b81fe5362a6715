"""A budget of work for one document: steps are counted, not seconds, so the same document always ends the same way."""

from app.credentials.errors import TooMuchWork

STEPS = 30_000
"""Steps of canonicalization, each a few microseconds. The largest sample credential (30 kB) takes 1,100."""
CONTEXTS = 400
"""Contexts worked out anew for one document: a cold start with every Open Badges type takes about 60."""
DEPTH = 60
"""Objects within objects: a CLR with endorsed, aligned, graded achievements stays under 20."""


QUADS = 60_000
"""Statements made in one verification, of the document and of all inside it: a CLR of 400 badges takes 40,000."""
TERMS = 12_000
"""Terms defined for one verification besides those of shipped contexts; every Open Badges type together has 700."""


NAMES = 40_000
"""Names on lists of what was revoked that are compared in all their spellings; few look like the one that is sought."""


class Quota:
    """What one verification may still cost, with all that is inside what is verified."""

    __slots__ = ("names", "quads", "terms")

    def __init__(self, quads: int = QUADS, terms: int = TERMS, names: int = NAMES) -> None:
        self.quads = quads
        self.terms = terms
        self.names = names

    def compare(self) -> None:
        """Count a name that is compared in all its spellings. TooMuchWork when that is used up."""
        self.names -= 1
        if self.names < 0:
            raise TooMuchWork("its lists name more credentials than any list needs that look like this one")


class Work:
    """What one document may still cost. Its methods raise TooMuchWork when that is used up."""

    __slots__ = ("contexts", "quota", "steps")

    def __init__(self, steps: int = STEPS, contexts: int = CONTEXTS, quota: Quota | None = None) -> None:
        self.steps = steps
        self.contexts = contexts
        self.quota = quota or Quota()

    def spend(self, steps: int = 1) -> None:
        """Count steps of canonicalization."""
        self.steps -= steps
        if self.steps < 0:
            raise TooMuchWork(
                "canonicalization: the document's unnamed objects refer to each other in too many ways; give them ids"
            )

    def context(self) -> None:
        """Count one context that had to be worked out."""
        self.contexts -= 1
        if self.contexts < 0:
            raise TooMuchWork("@context: the document brings more contexts than any credential needs")

    def define(self, terms: int) -> None:
        """Count the terms of a context, before they are defined."""
        self.quota.terms -= terms
        if self.quota.terms < 0:
            raise TooMuchWork("@context: the document defines more terms than any credential needs")

    def state(self, quads: int) -> None:
        """Count statements, before they are made."""
        self.quota.quads -= quads
        if self.quota.quads < 0:
            raise TooMuchWork("the document, with all that is inside it, says more than any credential needs")
