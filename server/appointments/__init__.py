"""Appointments: hold a place, pay, confirm, cancel; each is told to the HIS."""
