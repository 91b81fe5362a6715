"""Ways in: links and claim codes, lists, and files of submissions."""

from alembic import op

from app.db.isolation import isolated

revision = "0033"
down_revision = "0032"

TABLES = """
CREATE TABLE submission_link (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    program_id uuid NOT NULL,
    kind text NOT NULL,
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    sealed_pin bytea,
    title text NOT NULL,
    achievement_id uuid,
    opportunity_id uuid,
    submission_id uuid,
    uses_left integer,
    wrong_pins integer NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash)
);
CREATE INDEX submission_link_of ON submission_link (tenant_id, program_id);
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON submission_link
    FOR EACH ROW EXECUTE FUNCTION audited('id', 'hash,sealed,sealed_pin,uses_left,wrong_pins');
CREATE TABLE program_list (
    tenant_id integer NOT NULL,
    id uuid NOT NULL,
    program_id uuid NOT NULL,
    name text NOT NULL,
    rows json NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    taken_at timestamptz,
    undone_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX program_list_of ON program_list (tenant_id, program_id, made_at);
CREATE TABLE submission_file (
    tenant_id integer NOT NULL,
    submission_id uuid NOT NULL,
    sha256 text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, submission_id, sha256)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    for name in ("submission_link", "program_list", "submission_file"):
        driver.execute(isolated(name) + f'GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO "{role}"')
