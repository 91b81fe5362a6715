"""Sandboxes: tenants of vendors, whose keys are for tests."""

from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE tenant ADD COLUMN sandbox boolean NOT NULL DEFAULT false"
    )
