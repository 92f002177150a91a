"""The systems around us, one module per system behind a Protocol of `server/context.py`; chosen in bootstrap."""
