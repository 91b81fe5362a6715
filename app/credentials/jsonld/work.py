"""A budget of work for one document: steps are counted, not seconds, so the same document always ends the same way."""

from app.credentials.errors import TooMuchWork

STEPS = 30_000
"""Steps of canonicalization, each a few microseconds. The largest sample credential (30 kB) takes 1,100."""
CONTEXTS = 400
"""Contexts worked out anew for one document: a cold start with every Open Badges type takes about 60."""
DEPTH = 60
"""Objects within objects: a CLR with endorsed, aligned, graded achievements stays under 20."""


class Work:
    """What one document may still cost. `spend` and `context` raise TooMuchWork when it is used up."""

    __slots__ = ("contexts", "steps")

    def __init__(self, steps: int = STEPS, contexts: int = CONTEXTS) -> None:
        self.steps = steps
        self.contexts = contexts

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
