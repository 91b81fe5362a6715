"""Issuing: a tenant as an issuer, what can be awarded, and the credentials issued of it."""
