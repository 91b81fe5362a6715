"""Where Tessera keeps its data: PostgreSQL, and nothing else."""
