"""Names of frameworks: what people call one beside its title, and what may stand before its codes."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE framework ADD COLUMN names text[] NOT NULL DEFAULT '{}', "
        "ADD COLUMN prefixes text[] NOT NULL DEFAULT '{}'"
    )
