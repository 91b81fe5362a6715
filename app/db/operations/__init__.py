"""The queries of operations: how a district is doing."""
