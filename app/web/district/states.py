"""How sources and their runs are doing, as pages say it: a word, its tone, and when."""

from datetime import UTC, datetime
from typing import NamedTuple

from app.db.sources.sources import Condition, RunRow, SourceRow
from app.sources import health
from app.web.district import run_words
from app.web.kit.words import _, ago, later
from connectors import named

RUNS = {
    "running": (later("Under way"), "plain"),
    "done": (later("Done"), "good"),
    "partial": (later("In part"), "warn"),
    "held": (later("Held back"), "warn"),
    "failed": (later("Failed"), "bad"),
}
KINDS = {
    "pull": later("Sync"),
    "push": later("Push"),
    "file": later("File"),
    "replay": later("Replay"),
    "preview": later("Preview"),
    "undo": later("Undo"),
    "retire": later("Retirement"),
}
COUNTED = ("new", "updated", "unchanged", "rejected", "absent")
COUNTS = {
    "new": later("New"),
    "updated": later("Changed"),
    "unchanged": later("Unchanged"),
    "rejected": later("Rejected"),
    "absent": later("No longer listed"),
}


class State(NamedTuple):
    """How something is doing: a word for its pill, a tone, and what happened last."""

    words: str
    tone: str
    last: str


def of_run(row: RunRow) -> State:
    """How a run ended, or that it has not."""
    words, tone = RUNS.get(row.state, (row.state, "plain"))
    if row.undone_at is not None:
        return State(_("Undone"), "plain", ago(row.undone_at))
    return State(_(words), tone, ago(row.finished_at or row.started_at))


def of_source(row: SourceRow, condition: Condition) -> State:
    """How a source is doing."""
    last = condition.last
    if row.state == "paused":
        return State(_("Paused"), "warn", run_words.translated(row.state_reason))
    if row.state == "retired":
        return State(_("Retired"), "plain", _("Nothing of it is current. Its past stays."))
    if condition.received_at is not None and health.pushed_last(condition):
        received = _("Last received %(when)s", when=ago(condition.received_at))
        silent = health.silence(condition, datetime.now(UTC)) is not None
        return State(_("Silent"), "warn", received) if silent else State(_("Up to date"), "good", received)
    if last is None:
        pulled = named(row.connector).client is not None
        return State(_("Never synced") if pulled else _("Ready"), "plain", "")
    state = of_run(last)
    if last.state == "done":
        return State(_("Up to date"), "good", _("%(what)s %(when)s", what=kind(last.kind), when=state.last))
    return State(state.words, state.tone, _("%(what)s %(when)s", what=kind(last.kind), when=state.last))


def trouble(row: RunRow | None) -> str:
    """What a run says where it did not simply come through; "" where it did, or there is none."""
    return run_words.translated(row.message) if row is not None and row.state != "done" else ""


def kind(name: str) -> str:
    """What a kind of run is called."""
    return _(KINDS[name]) if name in KINDS else name


def counts(row: RunRow) -> list[tuple[str, int]]:
    """What a run did, over all its streams: words and how many, without what is none."""
    sums = dict.fromkeys(COUNTED, 0)
    for of_stream in row.counts.values():
        for name in COUNTED if isinstance(of_stream, dict) else ():
            sums[name] += int(of_stream.get(name, 0))
    return [(_(COUNTS[name]), sums[name]) for name in COUNTED if sums[name]]


def due(moment: datetime | None) -> str:
    """When something happens next."""
    return ago(moment) if moment else ""
