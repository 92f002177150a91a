"""The launcher of real mongod and Valkey."""
