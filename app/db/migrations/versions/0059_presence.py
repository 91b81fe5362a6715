"""Between two children under one key of a source: until when the first was told, and from when the second was there."""

from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE succession ADD COLUMN told_until timestamptz, ADD COLUMN present_from timestamptz"
    )
