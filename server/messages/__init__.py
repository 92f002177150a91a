"""Messages to patients: permission first, one document each, delivered by the worker, nothing lost."""
