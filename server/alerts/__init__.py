"""The safety net of follow-up: an answer that cannot wait is an alert until a person has dealt with it."""
