"""Figures of follow-up with numerator and denominator, trials of wording, and exports for research."""
