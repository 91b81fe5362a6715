"""The wallet: apps, what they hand in, what other hosts hold, and credentials received from others."""
