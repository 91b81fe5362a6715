"""The API of issuing: routes, with their wire shapes beside them."""
