"""Programs: what is learned out of school, from a program's hands to the district's record."""
