"""Outpatient bills: read from the HIS, paid through WeChat, written back."""
