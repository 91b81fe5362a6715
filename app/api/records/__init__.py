"""The API of records: routes, with their wire shapes beside them."""
