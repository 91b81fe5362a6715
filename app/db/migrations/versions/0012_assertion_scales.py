"""The scale a value is on, with its ends, and why something asserted cannot be right."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE assertion ADD COLUMN least float8, ADD COLUMN most float8, ADD COLUMN doubt text")
