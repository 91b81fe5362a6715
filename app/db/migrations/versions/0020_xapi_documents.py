"""Documents that tools keep beside their xAPI statements: activity state, activity and agent profiles."""

from alembic import op

from app.db.isolation import isolated

revision = "0020"
down_revision = "0019"

TABLES = """
CREATE TABLE xapi_document (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    kind text NOT NULL,
    shelf bytea NOT NULL,
    name text NOT NULL,
    activity text NOT NULL,
    agent text NOT NULL,
    registration text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    etag text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id, kind, shelf, name)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("xapi_document") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON xapi_document TO "{role}"')
