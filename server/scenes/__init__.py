"""QR codes that hang and lie in the hospital, and who came to us through them."""
