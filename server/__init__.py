"""Suizhen (随诊): everything a hospital does with its patients through WeChat."""
