"""Rosters served: a tenant's sources as one OneRoster 1.2 service, to clients that the district shares it with."""
