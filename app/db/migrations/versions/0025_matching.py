"""Matching: sources whose persons are scored against the rosters, the keys that find them, and how common names are."""

from alembic import op

from app.db.isolation import isolated

revision = "0025"
down_revision = "0024"

TABLES = """
CREATE TABLE matching (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    mode text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, source_id)
);
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON matching
    FOR EACH ROW EXECUTE FUNCTION audited('source_id', '');
CREATE TABLE match_key (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    person text NOT NULL,
    key bigint NOT NULL,
    PRIMARY KEY (tenant_id, source_id, person, key)
);
CREATE INDEX match_key_key ON match_key (tenant_id, key) INCLUDE (source_id, person);
CREATE TABLE match_model (
    tenant_id integer NOT NULL PRIMARY KEY,
    people integer NOT NULL,
    given jsonb NOT NULL,
    family jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for table in ("matching", "match_key", "match_model"):
        driver.execute(isolated(table) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
