"""The API of pipeline: routes, with their wire shapes beside them."""
