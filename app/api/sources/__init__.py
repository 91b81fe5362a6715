"""The API of sources: routes, with their wire shapes beside them."""
