"""Speed beside its floor: what the same work costs in the smallest Tornado handler."""
