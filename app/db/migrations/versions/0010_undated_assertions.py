"""Undated assertions: what its source tells no time of is known, because when it came decides no order."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE assertion ADD COLUMN undated boolean NOT NULL DEFAULT false")
