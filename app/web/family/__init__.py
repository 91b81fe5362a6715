"""Pages for learners and families: the record, and consent to apps and hosts."""
