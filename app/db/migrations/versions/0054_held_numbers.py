"""When numbers that several children had were whose, as sources told that were removed since."""

from alembic import op

from app.db.isolation import isolated

revision = "0054"
down_revision = "0053"

TABLES = """
CREATE TABLE held_number (
    tenant_id integer NOT NULL,
    type text NOT NULL,
    value text NOT NULL,
    issuer text NOT NULL,
    source_id integer NOT NULL,
    person text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    rank integer NOT NULL,
    has_left boolean NOT NULL,
    PRIMARY KEY (tenant_id, type, value, issuer, source_id, person, since)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("held_number") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON held_number TO "{role}"')
