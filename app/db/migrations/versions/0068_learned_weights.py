"""Weights that are learned from a tenant's own people, and how they compare with those that ship."""

from alembic import op

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE match_model ADD COLUMN weights jsonb, ADD COLUMN compared jsonb"
    )
