"""Badges that learners have designed themselves, and what the district said of them."""

from alembic import op

from app.db.isolation import isolated

revision = "0044"
down_revision = "0043"

TABLES = """
CREATE TABLE badge_idea (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    learner_id uuid NOT NULL,
    name text NOT NULL,
    criteria text NOT NULL,
    reason text,
    state text NOT NULL DEFAULT 'proposed',
    feedback text,
    achievement_id uuid,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX badge_idea_of ON badge_idea (tenant_id, learner_id);
CREATE INDEX badge_idea_proposed ON badge_idea (tenant_id, made_at) WHERE state = 'proposed';
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("badge_idea") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON badge_idea TO "{role}"')
