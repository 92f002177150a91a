"""Messages and their queue, permissions and quotas in Mongo. What was said is sealed."""
