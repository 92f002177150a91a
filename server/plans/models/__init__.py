"""The documents, inputs, outputs and refusals of follow-up plans."""
