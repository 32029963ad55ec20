"""Runs a command and writes what it took, from wait4(2), as JSON to a file.

    measure.py RESULT COMMAND ARGUMENT...

A process of its own, because the peak memory of a child counts from the size of the
process that started it, and the harness holds all documents in memory.
"""
import json
import os
import sys
import time

result, command = sys.argv[1], sys.argv[2:]
started = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, used = os.wait4(child, 0)
wall = time.monotonic() - started
with open(result, "w", encoding="utf-8") as out:
    json.dump({
        "exit": os.waitstatus_to_exitcode(status),
        "user_seconds": used.ru_utime,
        "system_seconds": used.ru_stime,
        "wall_seconds": wall,
        "peak_bytes": used.ru_maxrss * 1024,
    }, out)
