"""Dismissals: who took a record off the quarantine that will never do, and why."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE quarantine ADD COLUMN dismissed_by text, ADD COLUMN dismissed_reason text"
    )
