"""`python -m tests.journeys COMMAND …`: run a command beside a whole hospital; SUIZHEN_BASE says where it is."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.journeys.hospital import open_hospital


def main(command: list[str]) -> int:
    """Start a hospital, run the command, end the hospital; gives the command's exit code."""
    with tempfile.TemporaryDirectory(prefix="suizhen-journeys-") as folder, open_hospital(Path(folder)) as hospital:
        env = os.environ | {"SUIZHEN_BASE": hospital.url, "SUIZHEN_SANDBOX": hospital.sandbox}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
