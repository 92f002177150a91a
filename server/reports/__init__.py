"""Laboratory and imaging reports: copied from the HIS, sealed, released by rule, every reading audited."""
