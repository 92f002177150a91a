"""How many random schedules the stateful tests try: 300, or as many as SCHEDULES says (`make chaos`: 10,000)."""

import os

SCHEDULES = int(os.environ.get("SCHEDULES", "300"))
