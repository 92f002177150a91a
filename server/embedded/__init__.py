"""Real mongod and Valkey as private child processes: for demo, tests and laptops, never for production.

Both listen where nobody else can come in (loopback with a password, a unix socket in a 0700 folder),
keep to one data folder each, and die with the process that started them. Start them from the main
thread: Linux sends the parent-death signal when the starting *thread* ends.
"""

from server.embedded.mongod import Mongod, check_replica_set
from server.embedded.processes import CannotStart, free_port, port_is_free, start_child, stop_child, tail
from server.embedded.valkey import Valkey

__all__ = [
    "CannotStart",
    "Mongod",
    "Valkey",
    "check_replica_set",
    "free_port",
    "port_is_free",
    "start_child",
    "stop_child",
    "tail",
]
