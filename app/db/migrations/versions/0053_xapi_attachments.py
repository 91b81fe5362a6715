"""Files and signatures that come beside xAPI statements."""

from alembic import op

from app.db.isolation import isolated

revision = "0053"
down_revision = "0052"

TABLES = """
CREATE TABLE xapi_attachment (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    sha2 text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source_id, sha2)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("xapi_attachment") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON xapi_attachment TO "{role}"')
