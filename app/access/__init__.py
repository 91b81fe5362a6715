"""Who may do what: clients of a tenant, their keys and tokens, their scopes, and how often they may ask."""
