"""What a source itself says on mastery, beside the share; reading what is asserted of a learner in order."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute("ALTER TABLE assertion ADD COLUMN met boolean")
