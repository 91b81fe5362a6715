"""The sample district: made-up learners, and fake systems that know them, for demo, vendors, tests and bench."""
