"""A fence around what is done for one tenant or one of its sources, so that what goes wrong costs no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from psycopg import OperationalError

from app.errors import place

log = structlog.get_logger(__name__)


@asynccontextmanager
async def fenced(what: str, tenant: int, **of: Any) -> AsyncIterator[None]:
    """What goes wrong for one tenant, or with one of its sources, costs no other; it is told in the log."""
    try:
        yield
    except OperationalError:
        raise
    except Exception as why:  # noqa: BLE001  whatever it is, it is this one's alone
        log.error(what, tenant=tenant, **of, why=place(why))  # noqa: TRY400  without the words, which may quote rows
