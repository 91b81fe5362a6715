"""A tally goes whenever something ends that it may have counted, whoever ends it: also a release that knows no tallies."""

from alembic import op

revision = "0067"
down_revision = "0066"

# The release that ends an assertion judges anew afterwards, and writes the tally back.
FORGET = """
CREATE FUNCTION forget_tallies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mastery m SET tally = NULL
    FROM ended e JOIN alignment l ON l.tenant_id = e.tenant_id AND l.id = e.alignment_id
    WHERE e.ended_at IS NOT NULL AND m.tenant_id = e.tenant_id AND m.learner_id = e.learner_id
        AND m.competency_id = l.competency_id AND m.tally IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER assertion_ended AFTER UPDATE ON assertion REFERENCING NEW TABLE AS ended
    FOR EACH STATEMENT EXECUTE FUNCTION forget_tallies();
UPDATE mastery SET tally = NULL WHERE tally IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(FORGET)
