"""Orders, payments and refunds through WeChat Pay. What is being paid for belongs to other features."""
