"""Follow-up plans: who is asked what, when, and what follows from the answers; and everybody who is enrolled."""
