"""Webhooks: addresses that hear of events."""

from alembic import op

from app.db.isolation import isolated

revision = "0032"
down_revision = "0031"

TABLES = """
CREATE TABLE webhook (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL,
    secret bytea NOT NULL,
    state text NOT NULL,
    state_reason text,
    place_cluster bigint NOT NULL,
    place_xid bigint NOT NULL,
    place_id bigint NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    due_at timestamptz NOT NULL,
    delivered bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    last_at timestamptz,
    last_answer text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF url, types, state ON webhook
    FOR EACH ROW EXECUTE FUNCTION audited('id', 'place_cluster,place_xid,place_id,tries,failing_since,due_at,delivered,skipped,last_at,last_answer');
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("webhook") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON webhook TO "{role}"')
