"""Up to when raw that newer versions replaced may be gone, source by source: no run from before it can be undone."""

from alembic import op

from app.db.isolation import isolated

revision = "0065"
down_revision = "0064"

TABLES = """
CREATE TABLE raw_floor (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES + isolated("raw_floor") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON raw_floor TO "{role}"')
