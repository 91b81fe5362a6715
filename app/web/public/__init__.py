"""Pages for anybody: shared credentials, verification, issuers and their achievements."""
