"""What a doctor or nurse has in front of him: today's follow-up, and one patient's line of everything."""
