"""Pages for the registrar: what is issued and revoked, what was received, whose signature counts, and credit."""
