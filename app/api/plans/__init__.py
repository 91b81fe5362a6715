"""The API of plans: routes, with their wire shapes beside them."""
