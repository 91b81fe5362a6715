"""Providers vouch: whether a district takes the e-mail addresses of one for its own people's."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(
        "ALTER TABLE identity_provider ADD COLUMN vouches boolean NOT NULL DEFAULT false"
    )
