"""Pure rules of messages: how urgent, over which channel, within which quota, in which words."""
