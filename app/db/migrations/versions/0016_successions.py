"""Successions: a source's key of one child that is another child's from now on."""

from alembic import op

from app.db.isolation import isolated

revision = "0016"
down_revision = "0015"

TABLES = """
CREATE TABLE succession (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    key text NOT NULL,
    n smallint NOT NULL,
    successor text NOT NULL,
    since timestamptz NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant_id, source_id, key, n)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("succession") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON succession TO "{role}"')
