"""What the issuer of a received credential is known by. What was verified without it is verified anew."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("ALTER TABLE verification ADD COLUMN known_by text")
