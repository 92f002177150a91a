"""Stays on a ward: daily lists and deposits."""
