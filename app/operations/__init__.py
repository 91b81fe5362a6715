"""What operators do: rotate the instance's key, back up and restore."""
