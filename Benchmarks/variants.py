"""The ways to run a network in PyTorch that may be its best, and how they are tried without waiting for ever."""

import contextlib
import os
import shutil
import signal
import sys
import time

import torch
import torch._dynamo
import torch._inductor as inductor
import torch._inductor.config

# "weights" turns the network itself into bfloat16, which only evaluation can afford.
PRECISIONS = ("float32", "bfloat16", "bfloat16 weights")


class Late(BaseException):
    """Not an Exception: the compiler catches those."""


@contextlib.contextmanager
def limit(seconds):
    """Ends the block by Late after `seconds`."""
    def late(*_):
        raise Late(f"not done after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def no_compiler():
    """Why torch.compile cannot work here, or None."""
    name = os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")
    return None if shutil.which(name) else f"no C++ compiler ({name})"


def autocast(precision, device="cpu"):
    return torch.autocast(device, torch.bfloat16, precision == "bfloat16")


def bfloat16_is_slow(step):
    """How many times slower than float32 `step(precision)` is in bfloat16 on a small batch; None when it is not. Without
    the instructions for it one batch of full size can take minutes."""
    seconds = {}
    for precision in ("float32", "bfloat16"):
        step(precision)
        start = time.perf_counter()
        step(precision)
        seconds[precision] = time.perf_counter() - start
    ratio = seconds["bfloat16"] / seconds["float32"]
    return ratio if ratio > 2 else None


def first_line(error):
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}"[:160]


def compile(step, seconds, freezing=False):
    """The first call of a compiled `step`, bounded in time; the reason when it fails, else None. Freezing is read while
    the step is traced as well, so that it must be the setting and not an option of torch.compile."""
    torch._dynamo.reset()
    try:
        with limit(seconds), inductor.config.patch(freezing=freezing):
            step()
    except Late as late:
        return f"torch.compile {late}"
    except Exception as error:  # whatever the compiler throws: the reason stands on the page
        return f"torch.compile fails: {first_line(error)}"
    return None
