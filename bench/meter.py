"""CPU-seconds of this process and of a whole PostgreSQL server, so that a ratio counts both sides of the socket."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Spent:
    """CPU-seconds and seconds by the clock."""

    cpu: float = 0.0
    wall: float = 0.0


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts the CPU of some processes and of all their children, living and reaped."""

    roots: tuple[int, ...]

    @contextmanager
    def spent(self) -> Iterator[Spent]:
        """What the block spends."""
        spent = Spent()
        cpu, wall = self._cpu(), time.perf_counter()
        yield spent
        spent.cpu, spent.wall = self._cpu() - cpu, time.perf_counter() - wall

    def _cpu(self) -> float:
        return sum(_ticks(pid) for pid in _family(set(self.roots))) / TICK


def _family(roots: set[int]) -> set[int]:
    family = set(roots)
    parents = {int(p.name): _parent(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit()}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return family


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended, before or while it was read
        return []


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _ticks(pid: int) -> int:
    """User and system time of a process and of its children that have ended (fields 14 to 17 of proc(5) stat)."""
    fields = _fields(pid)
    return sum(int(field) for field in fields[11:15])
