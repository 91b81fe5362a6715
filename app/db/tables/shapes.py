"""What the tables share: column types, and whose rows they hold."""

import re
from typing import Any

from sqlalchemy import ARRAY, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

NOW = {"server_default": text("now()")}
MOMENT = TIMESTAMP(timezone=True)
TEXTS = ARRAY(Text)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class TenantTable(SQLModel):
    """A table each of whose rows is one tenant's own. It is called as its class is: `PlanVersion` is `plan_version`."""

    tenant_id: int = Field(default=0, primary_key=True)  # `Tx.insert` gives it

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 (SQLAlchemy hands in the class)
        return re.sub(r"(?<=.)(?=[A-Z])", "_", cls.__name__).lower()
