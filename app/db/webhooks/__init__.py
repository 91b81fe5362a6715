"""Webhooks: clients hear of events at an address of theirs."""
