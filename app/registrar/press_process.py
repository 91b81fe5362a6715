"""A process that signs: it reads a press and then what to sign, and writes what is signed, until its input ends.

The key comes through the pipe: it is in no argument, no environment and no file. Whoever started it and dies ends it.
"""

import signal
import sys
from typing import BinaryIO

from app.credentials.press import sign, unpacked, unpacked_words

LENGTH = 4
"""Bytes that say how long the message behind them is."""


def main() -> None:
    """Sign until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who started it, and will end the input
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    opening = _read(given)
    if opening is None:
        return
    press = unpacked(opening)
    while (message := _read(given)) is not None:
        taken.write(framed("\n".join(sign(press, unpacked_words(press, message))).encode()))
        taken.flush()


def framed(message: bytes) -> bytes:
    """A message behind its length."""
    return len(message).to_bytes(LENGTH) + message


def _read(given: BinaryIO) -> bytes | None:
    """The next message; None where there is none, or it was cut off."""
    length = int.from_bytes(head) if len(head := given.read(LENGTH)) == LENGTH else 0
    message = given.read(length)
    return message if length and len(message) == length else None


if __name__ == "__main__":
    main()
