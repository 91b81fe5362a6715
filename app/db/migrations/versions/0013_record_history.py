"""History: what a statement said until it changed, so that a record can be told as it was known at any time."""

from alembic import op

from app.db.isolation import isolated

revision = "0013"
down_revision = "0012"

TABLES = """
ALTER TABLE record ADD COLUMN since timestamptz, ADD COLUMN unread_since timestamptz;
CREATE TABLE record_history (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    stream text NOT NULL,
    raw_key text NOT NULL,
    n smallint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    person text,
    raw_id bigint NOT NULL,
    raw_pos integer NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    state_at timestamptz,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (tenant_id, source_id, stream, raw_key, n, since)
);
CREATE INDEX record_history_person ON record_history (tenant_id, source_id, person) WHERE person IS NOT NULL;
CREATE INDEX record_history_context ON record_history (tenant_id, source_id, kind, key) WHERE person IS NULL;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("record_history") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON record_history TO "{role}"')
