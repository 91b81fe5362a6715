"""The API of mastery: routes, with their wire shapes beside them."""
