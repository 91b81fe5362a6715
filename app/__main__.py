"""The `tessera` command: what goes wrong is said in one line, with the next step."""

import sys
import traceback
from collections.abc import Iterator, Sequence

import psycopg
from rich.markup import escape

from app.cli import commands
from app.cli.console import err
from app.errors import TesseraError
from app.start import tune_garbage_collection

OPERATOR_MUST_ACT = 1
OUR_FAULT = 70  # EX_SOFTWARE (sysexits.h)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command: the process's, or the one given.

    Exit 1 where the operator must act, 70 with a traceback, which may be handed on, where the fault is ours.
    """
    tune_garbage_collection()
    try:
        commands(arguments)
    except TesseraError as why:
        err.print(f"[bold red]error:[/] {escape(str(why))}")
        sys.exit(OPERATOR_MUST_ACT)
    except psycopg.OperationalError as why:
        err.print(f"[bold red]error:[/] the database does not answer: {escape(str(why))} (try 'tessera doctor')")
        sys.exit(OPERATOR_MUST_ACT)
    except Exception as why:  # noqa: BLE001  whatever it is, it is shown, and told apart by its exit code
        sys.stderr.write("".join(traced(why)))
        sys.exit(OUR_FAULT)


def traced(why: BaseException) -> Iterator[str]:
    """The traceback of an error and of what caused it, without their words: these quote rows, addresses, passwords."""
    cause = why.__cause__ or (None if why.__suppress_context__ else why.__context__)
    if cause is not None:
        yield from traced(cause)
        yield "\nand then:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(why.__traceback__)
    yield f"{type(why).__module__}.{type(why).__qualname__}, whose words are left out: they may hold secrets or names\n"


if __name__ == "__main__":
    main()
