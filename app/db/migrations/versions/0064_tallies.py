"""What a state of mastery goes on with, where very much is asserted: kept beside it, and made when it is judged next."""

from alembic import op

revision = "0064"
down_revision = "0063"

# Compressing the ids of what decided takes longer than all else that one more result costs. A release that does not
# know of tallies changes states without them: such a tally is no longer the state's.
TALLIES = """
ALTER TABLE mastery ADD COLUMN tally bytea;
ALTER TABLE mastery ALTER COLUMN deciding SET STORAGE EXTERNAL;
CREATE FUNCTION forget_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tally = NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER mastery_tally BEFORE UPDATE ON mastery FOR EACH ROW
    WHEN (OLD.tally IS NOT NULL AND NEW.tally IS NOT DISTINCT FROM OLD.tally) EXECUTE FUNCTION forget_tally();
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(TALLIES)
