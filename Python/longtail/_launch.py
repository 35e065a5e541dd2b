"""Starts the command with the libtorch of the package torch of the same environment.

torch is found and its version read without importing it, which would take seconds.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path

# The minor version of libtorch and the oldest C library that the command was built for; scripts/wheel checks both.
TORCH = "2.11"
GLIBC = "2.36"

HERE = Path(__file__).parent


class Unfit(Exception):
    """Why the command cannot start here, and the way out."""


def packages(name):
    """The folders of a package, without importing it; none where it is not installed."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec and spec.submodule_search_locations) or []]


def torch_folder(here=HERE):
    """The folder of torch: the one beside this package, where the command looks by itself, or wherever Python finds it."""
    way_out = f'Install it into this environment: python -m pip install "torch=={TORCH}.*"'
    found = [here.parent / "torch"] if (here.parent / "torch" / "version.py").exists() else packages("torch")
    folder = next((place for place in found if (place / "version.py").exists()), None)
    if folder is None:
        raise Unfit(f"the package torch, whose libtorch longtail works with, is not installed in {sys.prefix}\n  {way_out}")
    version = re.search(r"^__version__ = ['\"]([^'\"]+)", (folder / "version.py").read_text(), re.MULTILINE)
    version = version[1] if version else "unknown"
    if version.split(".")[:2] != TORCH.split("."):
        raise Unfit(f"torch is {version} in {folder}, and longtail is built for {TORCH}\n  {way_out}")
    if not (folder / "lib" / "libtorch_cpu.so").exists():
        raise Unfit(f"torch in {folder} has no lib/libtorch_cpu.so\n  {way_out}")
    return folder


def library_folders(torch, here=HERE):
    """Where libraries are that the command and torch do not find by themselves: none in an ordinary environment."""
    beside = torch.resolve() == (here.parent / "torch").resolve()
    nvidia = [place for place in packages("nvidia") if place.parent.resolve() != torch.parent.resolve()]
    return ([] if beside else [torch / "lib"]) + [lib for place in nvidia for lib in sorted(place.glob("*/lib"))]


def check_system():
    """Refuses a C library that is older than the command's, or another one."""
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    except (ValueError, OSError, AttributeError):
        raise Unfit(f"this system has no glibc\n  longtail needs Linux with glibc {GLIBC} or later (not musl).") from None
    if [int(part) for part in version.split(".")[:2]] < [int(part) for part in GLIBC.split(".")]:
        raise Unfit(
            f"this system has {name} {version}, and longtail is built for {GLIBC} or later\n"
            "  Use a newer system (Debian 12, Ubuntu 24.04, Fedora 37), or build it from a clone: make wheel"
        )


def environment(torch, given, here=HERE):
    """The environment for the command."""
    changed = dict(given)
    folders = [str(folder) for folder in library_folders(torch, here)]
    if folders:
        changed["LD_LIBRARY_PATH"] = ":".join(folders + [path for path in [given.get("LD_LIBRARY_PATH")] if path])
    return changed


def main():
    """Becomes the command."""
    program = HERE / "bin" / "longtail"
    try:
        check_system()
        surroundings = environment(torch_folder(), os.environ)
        os.execve(program, ["longtail", *sys.argv[1:]], surroundings)
    except Unfit as problem:
        sys.stderr.write(f"longtail: {problem}\n")
    except OSError as problem:
        sys.stderr.write(f"longtail: {program} does not start: {problem.strerror}\n  Install the wheel again.\n")
    sys.exit(3)
