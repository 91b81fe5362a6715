"""What people do with the question who somebody is, until it is decided: a claim, a note, a first word of two."""

from alembic import op

from app.db.isolation import isolated

revision = "0057"
down_revision = "0056"

TABLES = """
ALTER TABLE matching ADD COLUMN second_person boolean NOT NULL DEFAULT false;
CREATE TABLE match_case (
    tenant_id integer NOT NULL,
    source_id integer NOT NULL,
    person text NOT NULL,
    claimed_by text,
    claimed_until timestamptz,
    note text NOT NULL DEFAULT '',
    noted_by text,
    aside_after bigint,
    proposed text,
    proposed_pair bigint,
    proposed_by text,
    PRIMARY KEY (tenant_id, source_id, person)
);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLES)
    driver.execute(isolated("match_case") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON match_case TO "{role}"')
