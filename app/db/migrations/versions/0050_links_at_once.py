"""How many links scores may make at once for a source, and since when more of them wait for a person."""

from alembic import op

revision = "0050"
down_revision = "0049"

COLUMNS = """
ALTER TABLE matching ADD COLUMN at_once integer NOT NULL DEFAULT 200;
ALTER TABLE matching ADD COLUMN held_at timestamptz;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(COLUMNS)
