"""What a run did, stream by stream, in counts and in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from app.db.pipeline.leaving import Alarm
from app.errors import ConfigError, RateLimited, RightsLacking, SourceDenied, SourceError, TesseraError, place
from app.pipeline.ingest import Outcome, UnreadableValue
from connectors import Stream

Progress = Callable[[str, int], None]
"""Told what was done (a stream's name, or a step) and how many records more."""

SHOWN = 100
"""How many names of fields that no mapping took the history of a run shows, the most frequent first."""

LONGEST = 2000
"""The most characters of one message in the history."""

INTERRUPTED = "interrupted: the next run goes on from here"

State = Literal["done", "partial", "held", "failed"]


class HeldByGuard(TesseraError):
    """The guard stopped a run: too much would end at once. Nothing did. `alarms` are what a person is to look at."""

    def __init__(self, message: str, alarms: Sequence[Alarm] = ()) -> None:
        super().__init__(message)
        self.alarms = alarms


class AlreadyRunning(TesseraError):
    """Another run of the same source is under way."""


@dataclass(slots=True)
class Report:
    """A run: `done`, `partial` (some streams failed), `held` (a guard stopped one) or `failed`; `message` says why."""

    run: int
    state: State = "done"
    began: datetime = field(default_factory=partial(datetime.now, UTC))
    streams: dict[str, Outcome] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    after: float | None = None  # seconds to wait, where the source asked for it
    denied: bool = False
    wary: bool = False  # the run before was held, and nobody has allowed it since
    came: list[str] = field(default_factory=list)  # the streams that came to their end
    alarms: list[Alarm] = field(default_factory=list)  # what the guard shows to a person
    failures: dict[str, TesseraError] = field(default_factory=dict)  # the streams that did not, and why
    stopped_by_guard: list[str] = field(default_factory=list)  # the streams that the guard stopped midway

    def fail(self, why: BaseException) -> None:
        """The run ends by an error. Its words are told only if they are ours: a database quotes rows of people."""
        self.state = "failed"
        if isinstance(why, TesseraError):
            self.messages.append(str(why))
        elif isinstance(why, Exception):
            self.messages.append(
                f"an error nobody foresaw, {place(why)}: nothing of it was stored; the next run tries again"
            )
        else:
            self.messages.append(str(why) or INTERRUPTED)  # who stops it may say why

    def stream_failed(self, stream: Stream, why: TesseraError) -> None:
        """A stream failed, and the others go on. Which right lacks is said where that is it."""
        rights = f" (it takes {', '.join(stream.rights)})" if isinstance(why, RightsLacking) and stream.rights else ""
        words = str(why)
        self.messages.append(f"{words}{rights}" if words.startswith(stream.name) else f"{stream.name}: {words}{rights}")
        self.failures[stream.name] = why

    def stopped(self, why: SourceError) -> None:
        """The source itself ended the run."""
        self.messages.append(str(why))
        self.after = why.after if isinstance(why, RateLimited) else None
        self.failures[""] = why

    def held(self, why: HeldByGuard, stream: str | None = None) -> None:
        """The guard held the run; midway in a stream, if one is named."""
        if stream is not None:
            self.stopped_by_guard.append(stream)
        self.state = "held"
        self.messages.append(str(why))
        self.alarms += why.alarms

    def incomplete(self, why: str) -> None:
        """A listing is not known to be whole."""
        self.messages.append(f"{why}: it is not taken to be complete, and nothing that it lacks is taken to be gone")
        if self.state == "done":
            self.state = "partial"

    def conclude(self) -> None:
        """Say how the run ended, once all streams were asked for."""
        if not self.failures:
            return
        if self.state != "held":
            came = self.came or any(outcome.counts.total() for outcome in self.streams.values())
            self.state = "partial" if came else "failed"
        to_mend = all(isinstance(why, SourceDenied | ConfigError) for why in self.failures.values())
        self.denied = (to_mend and not self.came) or isinstance(self.failures.get(""), SourceDenied)

    def outcome(self, stream: str) -> Outcome:
        """What became of a stream."""
        return self.streams.setdefault(stream, Outcome())

    @property
    def message(self) -> str | None:
        """Why the run is not simply done."""
        return _storable("; ".join(self.messages)) or None

    def counts(self) -> dict[str, Any]:
        """Counts by stream, as the history keeps them; also the fields that no mapping took, and what to know."""
        summary: dict[str, Any] = {}
        for name, outcome in self.streams.items():
            summary[name] = {word: n for word, n in outcome.counts.items() if n}
            if outcome.leftovers:
                summary[name]["leftovers"] = {_storable(field): n for field, n in outcome.leftovers.most_common(SHOWN)}
            if cells := cells_in_words(outcome):
                summary[name]["cells"] = cells
            if outcome.odd:
                summary[name]["odd"] = [
                    {
                        "field": _storable(f),
                        "value": _storable(v),
                        "reason": _storable(why),
                        "rows": odd.rows,
                        "first": odd.places,
                    }
                    for (f, v, why), odd in most_rows(outcome.odd)[:SHOWN]
                ]
            if outcome.notes:
                summary[name]["notes"] = [_storable(note) for note in outcome.notes[:20]]
        return summary


def most_rows(odd: dict[tuple[str, str, str], UnreadableValue]) -> list[tuple[tuple[str, str, str], UnreadableValue]]:
    """Values that could not be read, those of most rows first."""
    return sorted(odd.items(), key=lambda entry: (-entry[1].rows, entry[0]))


def cells_in_words(outcome: Outcome) -> str:
    """What became of the cells of new and changed rows; "" where none were counted."""
    cells = outcome.cells
    if not any(cells.values()):
        return ""
    mapped, ignored, reported = (cells[word] for word in ("mapped", "ignored", "reported"))
    return f"{mapped:,} mapped, {ignored:,} ignored, {reported:,} reported, 0 lost"


def _storable(words: str) -> str:
    """Words that may quote a source, as they can be stored: short, and without NUL."""
    return words[:LONGEST].replace("\x00", "\N{REPLACEMENT CHARACTER}")
