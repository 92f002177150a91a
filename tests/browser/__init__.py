"""The stories of the hospital in a real browser."""
