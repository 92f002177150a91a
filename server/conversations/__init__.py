"""The account's chat: what it answers by itself, and who wrote to us (就医咨询 comes later)."""
