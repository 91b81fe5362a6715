"""Check-ins of advisors with learners; and secrets of second factors where the key's rotation finds them."""

from alembic import op

from app.db.isolation import isolated

revision = "0031"
down_revision = "0030"

TABLES = """
CREATE TABLE checkin (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    learner_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    "on" date NOT NULL,
    topics text NOT NULL,
    next_step text NOT NULL,
    sealed_note bytea,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE account ADD COLUMN sealed_second bytea;
UPDATE account SET sealed_second = second;
CREATE INDEX checkin_learner ON checkin (tenant_id, learner_id, "on" DESC);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("checkin") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON checkin TO "{role}"')
