"""Pages for learners and those who care for them: a record that is theirs, in plain words."""
