"""What comes in from other systems: the HIS's events."""
