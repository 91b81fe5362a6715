"""The shapes on the wire, and nothing else: what clients send and get, in camel case, each with an example."""
