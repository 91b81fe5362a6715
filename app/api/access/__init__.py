"""The API of access: routes, with their wire shapes beside them."""
