"""Staff: members, their roles and departments, logging in."""
