"""Learners' words: the words of their names, folded, by which people find them."""

from alembic import op

from app.db.isolation import isolated

revision = "0035"
down_revision = "0034"

# Words compare by their bytes ("C"), so that those which begin alike stand together, whatever the server's language.
TABLE = """
CREATE TABLE learner_word (
    tenant_id integer NOT NULL,
    word text COLLATE "C" NOT NULL,
    learner_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, word, learner_id)
);
CREATE INDEX learner_word_learner ON learner_word (tenant_id, learner_id);
"""


def upgrade() -> None:
    role = op.get_context().config.attributes["service_role"]
    driver = op.get_bind().connection.driver_connection
    driver.execute(TABLE)
    driver.execute(isolated("learner_word") + f'GRANT SELECT, INSERT, UPDATE, DELETE ON learner_word TO "{role}"')
