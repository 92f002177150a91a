"""The account's menu as versioned data: edited, validated, published, restored."""
