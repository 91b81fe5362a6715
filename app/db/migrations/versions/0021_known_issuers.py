"""Known issuers: whom a district knows to be who they say, by their identifiers."""

from alembic import op

from app.db.isolation import isolated

revision = "0021"
down_revision = "0020"

TABLES = """
CREATE TABLE known_issuer (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    issuer text NOT NULL,
    name text NOT NULL,
    note text,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, issuer)
);
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON known_issuer
    FOR EACH ROW EXECUTE FUNCTION audited('id', '');
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("known_issuer") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON known_issuer TO "{role}"')
