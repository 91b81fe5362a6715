"""The HTTP API: one router per audience; parse, call, shape."""
