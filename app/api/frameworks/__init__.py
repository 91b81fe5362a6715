"""The API of frameworks: routes, with their wire shapes beside them."""
