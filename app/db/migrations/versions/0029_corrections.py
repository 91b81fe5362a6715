"""Corrections: what families say is wrong in a record, and what they are answered."""

from alembic import op

from app.db.isolation import isolated

revision = "0029"
down_revision = "0028"

TABLES = """
CREATE TABLE correction (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    learner_id uuid NOT NULL,
    account_id uuid NOT NULL,
    asked_by text NOT NULL,
    about text NOT NULL,
    words text NOT NULL,
    asked_at timestamptz NOT NULL,
    outcome text,
    answer text,
    answered_by text,
    answered_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX correction_learner ON correction (tenant_id, learner_id);
CREATE INDEX correction_waiting ON correction (tenant_id, asked_at) WHERE answered_at IS NULL;
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("correction") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON correction TO "{role}"')
