"""Rows: several rows of one key in one bulk file are all true at once, and which of them a raw record was is kept."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute("ALTER TABLE raw ADD COLUMN nth jsonb")
