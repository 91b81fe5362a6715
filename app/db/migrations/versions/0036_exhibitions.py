"""Exhibitions of learners' work, with consent and an end, and what visitors said of them."""

from alembic import op

from app.db.isolation import isolated

revision = "0036"
down_revision = "0035"

TABLES = """
CREATE TABLE exhibition (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    learner_id uuid NOT NULL,
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    title text NOT NULL,
    shown_as text NOT NULL,
    words text,
    pieces uuid[] NOT NULL,
    consent_by text NOT NULL,
    consent_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash)
);
CREATE INDEX exhibition_of ON exhibition (tenant_id, learner_id);
CREATE TABLE exhibition_comment (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    exhibition_id uuid NOT NULL,
    name text NOT NULL,
    words text NOT NULL,
    shown_at timestamptz,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX exhibition_comment_of ON exhibition_comment (tenant_id, exhibition_id, made_at);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for name in ("exhibition", "exhibition_comment"):
        driver.execute(isolated(name) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO "{role}"')
