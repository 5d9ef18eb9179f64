"""Runs a command and tells what it took: time, and most memory resident at any moment."""

import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
import time

# A process begins with the memory of the one that it was made by as its peak. So a small one makes it, and tells.
MEASURE = """
import os, resource, subprocess, sys
told, limit = int(sys.argv[1]), int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
process = subprocess.Popen(sys.argv[3:])
_, status, usage = os.wait4(process.pid, 0)
os.write(told, b"%d %d" % (os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024))
"""


@dataclasses.dataclass
class Done:
    """How a command ended. `code` is None when it did not end in time."""

    code: int | None
    stdout: bytes
    stderr: bytes
    resident: int
    seconds: float


def run(command, stdin=subprocess.DEVNULL, limit=0, timeout=None, cwd=None, feed=None):
    """Runs `command`. `limit` bounds its memory: RLIMIT_DATA, which counts what a process may write to and keep for itself.

    `feed` is called with the standard input of the command, to write to it.
    """
    begin = time.monotonic()
    read_end, write_end = os.pipe()
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", MEASURE, str(write_end), str(limit), *map(str, command)],
            stdin=subprocess.PIPE if feed else stdin, stdout=stdout, stderr=stderr, cwd=cwd, pass_fds=[write_end],
            start_new_session=True,
        )  # fmt: skip
        os.close(write_end)
        try:
            if feed:
                try:
                    feed(process.stdin)
                    process.stdin.close()
                except BrokenPipeError:
                    pass
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with os.fdopen(read_end) as told:
            words = told.read().split()
        code, resident = (int(words[0]), int(words[1])) if words else (None, 0)
        stdout.seek(0)
        stderr.seek(0)
        return Done(code, stdout.read(), stderr.read(), resident, time.monotonic() - begin)
