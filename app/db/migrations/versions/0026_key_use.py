"""Key use: when each key was last used."""

from alembic import op

from app.db.isolation import isolated

revision = "0026"
down_revision = "0025"

TABLES = """
CREATE TABLE key_use (
    tenant_id integer NOT NULL,
    key_id uuid NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("key_use") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON key_use TO "{role}"')
