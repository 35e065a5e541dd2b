"""Other programs on the machine: how much they took, and busy ones started on purpose."""

import contextlib
import os
import pathlib
import subprocess
import sys


def cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def processor_seconds():
    """Processor time since boot of everything, and of this script's finished children; None where /proc is missing."""
    try:
        ticks = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    except OSError:
        return None
    times = os.times()
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), times.children_user + times.children_system


def share(before, after, seconds):
    """Share of the processors that other programs took meanwhile. OpenMP's barriers wait for a thread that lost its
    core, so that even one busy neighbour slows a program several-fold, and not both programs alike."""
    if before is None:
        return 0.0
    return max(0.0, (after[0] - before[0]) - (after[1] - before[1])) / (seconds * os.cpu_count())


@contextlib.contextmanager
def busy(seconds=600):
    """One busy process a core while the block runs. They end by themselves after `seconds`, should this process be killed."""
    spin = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    children = []
    try:
        for _ in range(cores()):
            children.append(subprocess.Popen([sys.executable, "-c", spin]))
        yield children
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()
