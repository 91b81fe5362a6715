"""Of a credential that its holder may show in parts, the parts that a link shows."""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute("ALTER TABLE share ADD COLUMN parts jsonb NOT NULL DEFAULT '{}'")
