"""The instance: whose key the database's secrets are sealed with, and when it was last backed up; the queue's schema."""

from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = """
CREATE TABLE instance (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    key_fingerprint text NOT NULL,
    key_since timestamptz NOT NULL DEFAULT now(),
    backed_up_at timestamptz
);
CREATE TABLE queue_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES + f'GRANT SELECT ON instance, queue_migration TO "{role}"')
