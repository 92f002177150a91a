"""Tests of the adapters to WeChat, WeChat Pay, the HIS and SMS."""
