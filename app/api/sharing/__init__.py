"""The API of sharing: routes, with their wire shapes beside them."""
