"""States: absence from a listing is not retraction, so a statement says which of the two took it out of what is current."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATES = """
ALTER TABLE record ADD COLUMN state text NOT NULL DEFAULT 'current', ADD COLUMN state_at timestamptz;
ALTER TABLE record ALTER COLUMN withdrawn SET DEFAULT false; -- the release before reads it: it goes with a later one
"""
KNOWN = """
ALTER TABLE record NO FORCE ROW LEVEL SECURITY; -- for the owner, who migrates, and until this transaction ends
UPDATE record SET withdrawn = hash <> 0, state = CASE WHEN hash <> 0 THEN 'retracted' WHEN kind IN ('person', 'enrollment')
    THEN 'ended' ELSE 'unlisted' END WHERE withdrawn;
ALTER TABLE record FORCE ROW LEVEL SECURITY;
"""
"""Until now a listing's silence withdrew too, and left a hash of 0. When that was is told by the raw of kind `absent`."""


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute(STATES + KNOWN)
