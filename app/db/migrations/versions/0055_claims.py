"""Links by which a family claims what was issued to a learner, on paper or by e-mail."""

from alembic import op

from app.db.isolation import isolated

revision = "0055"
down_revision = "0054"

TABLES = """
CREATE TABLE claim (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    learner_id uuid NOT NULL,
    credentials uuid[] NOT NULL,
    mail_to text,
    mail_state text,
    mail_tries integer NOT NULL DEFAULT 0,
    mail_at timestamptz,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    claimed_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash)
);
CREATE INDEX claim_of ON claim (tenant_id, learner_id);
CREATE INDEX claim_mail ON claim (tenant_id, mail_at) WHERE mail_state = 'waiting';
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("claim") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON claim TO "{role}"')
