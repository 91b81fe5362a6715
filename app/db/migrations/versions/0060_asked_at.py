"""Since when a question waits, whatever its reason is by now."""

from alembic import op

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute("ALTER TABLE decision ADD COLUMN asked_at timestamptz")
