"""Phone tasks for staff, and the log of who called whom, when and with what outcome."""
