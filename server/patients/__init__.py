"""Patients: the people an account looks after, who may read their records, and who cares for them."""
