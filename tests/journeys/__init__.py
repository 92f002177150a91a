"""Whole stories against the real processes."""
