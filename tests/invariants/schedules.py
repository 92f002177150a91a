"""How many random schedules the stateful tests try: 200, or as many as SCHEDULES says (`make chaos`: 10,000)."""

import os

SCHEDULES = int(os.environ.get("SCHEDULES", "200"))
