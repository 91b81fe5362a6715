"""Identity: whose statement this is, by typed identifiers and a ledger of decisions."""
