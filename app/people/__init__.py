"""People: who signs in and how, the roles they hold, and which learners they may see for which reason."""
