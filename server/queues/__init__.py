"""Queues: check in at the nurse station's QR code, see one's place live, be told when it is soon one's turn."""
