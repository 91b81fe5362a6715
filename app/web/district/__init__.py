"""Pages of the district's administrator and its data steward."""
