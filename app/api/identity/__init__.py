"""The API of identity: routes, with their wire shapes beside them."""
