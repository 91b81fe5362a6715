"""What codes of credentials are called on the registrar's pages, and their tones."""

from app.issuing.issue import BADGE, RECORD
from app.web.kit.words import _, later

STATES = {
    "active": (later("valid"), "good"),
    "suspended": (later("suspended"), "warn"),
    "revoked": (later("revoked"), "bad"),
}
"""The states of what was issued here, as its readers find it."""

VERDICTS = {
    "verified": (later("valid, and its issuer is known"), "good"),
    "unknown issuer": (later("good signature, but nobody here knows the issuer"), "warn"),
    "unverified": (later("not confirmed yet"), "warn"),
    "waiting": (later("waits to be looked at"), "plain"),
    "failed": (later("not valid"), "bad"),
}
"""What was found of what came."""

KINDS = {BADGE: later("Badge"), RECORD: later("Learner record")}
KNOWN_BY = {"list": later("known by a list"), "domain": later("known by its website alone")}
BATCHES = {
    "waiting": (later("waits to begin"), "plain"),
    "running": (later("being issued"), "warn"),
    "done": (later("done"), "good"),
    "failed": (later("stopped"), "bad"),
}
COUNTS = {
    "issued": later("issued now"),
    "had_it": later("had it already"),
    "nothing_to_issue": later("nothing to issue"),
    "without_record": later("without a record"),
    "failed": later("failed: the log says whose"),
}
"""What became of learners of a batch."""


def pill(words: dict[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """What a code is called, and its tone."""
    called, tone = words.get(code, (code, "plain"))
    return _(called), tone


def verdict(code: str | None, *, revoked: bool | None) -> tuple[str, str]:
    """What was found of a received credential, and its tone."""
    return (_("taken back by its issuer"), "bad") if revoked else pill(VERDICTS, code or "waiting")


def kind(code: str) -> str:
    """What a kind of credential is called."""
    return _(KINDS[code]) if code in KINDS else code
