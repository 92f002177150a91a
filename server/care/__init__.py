"""Care: tell patients of each step of their visit. It reacts to what the other features say has happened."""
