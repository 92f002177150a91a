"""What the HIS has still to be told: one document for each, tried until the HIS has answered."""
