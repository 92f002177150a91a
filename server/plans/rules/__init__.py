"""What plans mean: what is found in answers, what follows, when, and why, in words. Pure."""
