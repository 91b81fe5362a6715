"""When a source last sent something: told to whoever looks, and missed where one that sent every day is silent."""

from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE stream_state ADD COLUMN received_at timestamptz, ADD COLUMN received_on date[]"
    )
