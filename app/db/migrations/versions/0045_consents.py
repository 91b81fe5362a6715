"""Who agreed that a submission of a child is kept and shown, and when that was said."""

from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute("ALTER TABLE submission ADD COLUMN consent_by text, ADD COLUMN consent_at timestamptz")
