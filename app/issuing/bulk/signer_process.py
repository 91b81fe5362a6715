"""Processes that sign: each reads at its end of a connection what to sign and writes signatures, until nobody asks.

The keys come through the connections: they are in no argument, no environment and no file. The arguments are the ends'
numbers. Whoever holds the other ends and dies ends the processes.
"""

import marshal
import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from app.credentials.bulk_sign import Block, Prepared, sign

LENGTH = 4
"""Bytes that say how long the message behind them is."""


def main() -> None:
    """Sign at all ends: a process for each, of which only the first was made ready at some cost."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who started it, and will close the other ends
    end, *others = map(int, sys.argv[1:])
    while others:
        other = others.pop()
        if os.fork() == 0:
            for descriptor in (end, *others):  # a connection is closed when nobody has it open
                os.close(descriptor)
            end, others = other, []
        else:
            os.close(other)
    with suppress(ConnectionError):  # whoever asked is gone
        _serve(end)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def framed(message: bytes) -> bytes:
    """A message behind its length."""
    return len(message).to_bytes(LENGTH) + message


def request(prepared: Prepared, columns: Any) -> bytes:
    """What is to be signed, as it is sent; both ends are the same program."""
    blocks = [tuple(block) for block in prepared.blocks]
    return framed(marshal.dumps((prepared.private, prepared.options, prepared.lines, blocks, columns)))


def answer(message: bytes) -> list[bytes]:
    """The signatures that were sent."""
    signatures: list[bytes] = marshal.loads(message)  # noqa: S302  from the process that we have started
    return signatures


def _serve(end: int) -> None:
    with open(end, "rb", closefd=False) as incoming, open(end, "wb") as outgoing:
        while (message := _read(incoming)) is not None:
            private, options, lines, blocks, columns = marshal.loads(message)  # noqa: S302  from who has started us
            prepared = Prepared(private, options, lines, [Block(*block) for block in blocks])
            outgoing.write(framed(marshal.dumps(sign(prepared, columns))))
            outgoing.flush()


def _read(stream: BinaryIO) -> bytes | None:
    """The next message; None where there is none, or it was cut off."""
    length = int.from_bytes(head) if len(head := stream.read(LENGTH)) == LENGTH else 0
    message = stream.read(length)
    return message if length and len(message) == length else None


if __name__ == "__main__":
    main()
    os._exit(0)  # nothing is open: to take Python apart would cost every process a sixth of its start
