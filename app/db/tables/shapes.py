"""The column types that the tables share."""

from typing import Any

from sqlalchemy import ARRAY, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import UserDefinedType

NOW = {"server_default": text("now()")}
MOMENT = TIMESTAMP(timezone=True)
TEXTS = ARRAY(Text)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"
