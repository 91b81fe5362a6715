"""Tallies: what is kept of all that counted of a competency, so that a state goes on with what comes next alone. Pure.

With a tally, one more piece of evidence costs the same however many were before it. It is good for what is placed after
all that counted, as nearly everything is that arrives; whatever else changes has the state made anew of all there is,
and the tally with it. Both ways give the same state and the same tally to the last bit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import xor
from typing import NamedTuple

import msgspec
from msgspec import Struct

from app.mastery.judge import Asserted, Judge, Place, State, soonest
from app.mastery.running import AnyRunning, ScoredEvidence


class Tally(Struct, frozen=True, tag=1, array_like=True):
    """What a state goes on with: when the next is dated that is dated later, and where the last that counts stands.

    Where the last few decide, these; else what the rule remembers of all (`running`), how many that are (`mark` tells
    them from others), when the last was shown, and when the first of them ends. `policy` and `shown` are the state's:
    a tally is never as it was where its state is another, so that whoever changes that without the tally loses it
    (migration 0064). The tag is the version of the code: a tally of another one is made anew.
    """

    to_come: datetime | None
    place: Place | None
    recent: tuple[Asserted, ...] = ()
    running: AnyRunning | None = None
    count: int = 0
    at: datetime | None = None
    ends: datetime | None = None
    mark: int = 0
    policy: int = 0
    shown: int = 0


class Continued(NamedTuple):
    """A state with what came since, and its tally; `appends`: `state.deciding` comes after what decided before."""

    state: State
    appends: bool
    tally: Tally


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Tally)


def written(begun: Tally, policy: int, count: int) -> bytes:
    """A tally as it is kept: without what is kept beside it, what decided where that only becomes more."""
    running = begun.running
    if running is not None:
        used = running.used if running.chooses else []
        running = msgspec.structs.replace(running, used=used, turned=False)
    return _encode(msgspec.structs.replace(begun, running=running, policy=policy, shown=count))


def read(body: bytes) -> Tally | None:
    """A tally as it is kept; None where other code made it."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        return None


def tally(judge: Judge, asserted: Iterable[Asserted], on: datetime, to_come: datetime | None = None) -> Tally | None:
    """The tally of what is asserted, or of enough of it that what decides is among it.

    `to_come` is when the next is dated that is dated later, where that is not among it. None where a single one counts
    and all that count decide: what some rules make of one tells nothing of two.
    """
    ordered = judge.in_order(assertion for assertion in asserted if not assertion.override)
    pieces, counted = judge.counted_of(ordered, on)
    return _with(judge, Tally(to_come, None, running=judge.policy.rule.begin()), (ordered, pieces, counted), on)


def go_on(judge: Judge, begun: Tally, fresh: Iterable[Asserted], on: datetime) -> Continued | None:
    """The state with what is asserted since; None where that takes all there is."""
    ordered = judge.in_order(fresh)
    pieces, counted = judge.counted_of(ordered, on)
    if counted and begun.place is not None and judge.place(counted[0]) <= begun.place:
        return None
    now = _with(judge, begun, (ordered, pieces, counted), on)
    if now is None or now.running is None:
        return None if now is None else Continued(_by_recent(judge, now, on), False, now)
    if now.running.turned:
        return None
    state = judge.state_of((), (), now.to_come)
    if now.count:
        until = soonest([now.to_come, now.ends])
        state = judge.stated(now.running.outcome(), now.running.used, now.at, until)
    return Continued(state, not now.running.chooses, now)


def _by_recent(judge: Judge, begun: Tally, on: datetime) -> State:
    return judge.state_of(*judge.counted_of(begun.recent, on), begun.to_come)


Ordered = tuple[Sequence[Asserted], Sequence[ScoredEvidence], Sequence[Asserted]]
"""Assertions in order, and what of them counts: as rules see it, and as it was asserted."""


def _with(judge: Judge, begun: Tally, added: Ordered, on: datetime) -> Tally | None:
    """A tally with what is placed after all that is in it."""
    ordered, pieces, counted = added
    now = msgspec.structs.replace(
        begun,
        to_come=soonest([begun.to_come, *(piece.at for piece in ordered if piece.at > on and piece.doubt is None)]),
        place=judge.place(counted[-1]) if counted else begun.place,
    )
    enough, running = judge.policy.rule.newest, begun.running
    if running is None or enough is not None:
        return msgspec.structs.replace(now, recent=(*begun.recent, *counted)[-(enough or 1) :])
    if begun.count + len(counted) == 1:
        return None
    running = msgspec.structs.replace(running, used=[*running.used], turned=False)
    for piece, assertion in zip(pieces, counted, strict=True):
        running.add(piece, assertion.id)
    return msgspec.structs.replace(
        now,
        running=running,
        count=begun.count + len(counted),
        at=counted[-1].at if counted else begun.at,
        mark=reduce(xor, (piece.id for piece in counted), begun.mark),
        ends=soonest([begun.ends, *map(judge.end, counted)]),
    )
