"""Who operates the instance: an account that sees how each district is doing, and none of their learners."""

from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute("ALTER TABLE account ADD COLUMN operator_since timestamptz")
