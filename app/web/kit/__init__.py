"""What pages share: routes that answer errors as pages, and limits for visitors without a key."""
