"""The `tessera` command: what goes wrong is said in one line, with the next step."""

import sys
import traceback
from collections.abc import Sequence

import psycopg
from rich.markup import escape

from app.cli import commands
from app.cli.console import err
from app.errors import TesseraError
from app.start import collect_seldom

OPERATOR_MUST_ACT = 1
OUR_FAULT = 70  # EX_SOFTWARE (sysexits.h)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command: the process's, or the one given.

    Exit 1 where the operator must act, 70 with a traceback where the fault is ours.
    """
    collect_seldom()
    try:
        commands(arguments)
    except TesseraError as why:
        err.print(f"[bold red]error:[/] {escape(str(why))}")
        sys.exit(OPERATOR_MUST_ACT)
    except psycopg.OperationalError as why:
        err.print(f"[bold red]error:[/] the database does not answer: {escape(str(why))} (try 'tessera doctor')")
        sys.exit(OPERATOR_MUST_ACT)
    except Exception:  # noqa: BLE001  whatever it is, it is shown whole, and told apart by its exit code
        traceback.print_exc()
        sys.exit(OUR_FAULT)


if __name__ == "__main__":
    main()
