"""The demonstration in one command."""
