"""Losses of power on paper: the system calls of one run, replayed to every prefix as a pessimistic disk would keep them."""

import collections
import os
import random
import re
import shutil
import subprocess

from run_files import differences, is_half, plain, read

CALLS = ("openat,creat,write,lseek,pwrite64,writev,pwritev,rename,renameat,renameat2,fsync,fdatasync,unlink,unlinkat,rmdir,mkdir,mkdirat,"
         "truncate,ftruncate,fallocate,link,linkat,symlink,symlinkat,copy_file_range,sendfile")
WORD = re.compile(r'"((?:\\x[0-9a-f]{2})*)"|<((?:\\x[0-9a-f]{2})*)>')
SAME = "ended as the unbroken run"
# What became of changes of names that their folder's fsync had not confirmed, and of bytes that the file's had not.
VARIANTS = [("kept", "kept"), ("kept", "lost"), ("kept", "half"), ("kept", "zeros"), ("lost", "lost"), ("lost", "kept"), ("some", "some")]


def record(kind, folder, log, words, limit=None):
    """Runs the command under strace, killed after some seconds, and gives its exit status."""
    killed = ["timeout", "-s", "KILL", str(limit)] if limit else []
    return subprocess.run(["strace", "-f", "-qq", "-y", "-xx", "-s", "1000000000", "-e", "signal=none", "-e", f"trace={CALLS}", "-o", log,
                           *killed, kind.longtail, *words], cwd=folder, capture_output=True).returncode


def calls(log):
    """Name, arguments' bytes and result of every call that succeeded, in the order of their ends."""
    begun = {}
    with open(log) as lines:
        for line in lines:
            process, _, text = line.rstrip("\n").partition(" ")
            text = text.lstrip()
            if text.endswith("<unfinished ...>"):
                begun[process] = text.removesuffix("<unfinished ...>")
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>", text)
            if resumed:
                text = begun.pop(process) + text[resumed.end():]
            call, _, result = text.rpartition(" = ")
            if result and not result.startswith(("-1", "?")):
                name, _, rest = call.partition("(")
                found = [bytes.fromhex((a or b).replace("\\x", "")) for a, b in WORD.findall(rest)]
                yield name, found, rest, result


class Disk:
    """What a run's folder holds, and what of it an fsync has confirmed."""

    def __init__(self, root):
        self.root, self.files, self.names = str(root), [], {}
        self.confirmed, self.pending = {}, collections.defaultdict(list)
        self.events, self.is_above_confirmed = 0, False

    def inside(self, path, base=b""):
        """The path in the run's folder; None for what is elsewhere."""
        path = os.path.normpath(os.path.join(base, path).decode())
        return os.path.relpath(path, self.root) if path == self.root or path.startswith(self.root + "/") else None

    def change(self, path, entry):
        """A name comes (to a file's number, or to a folder) or goes."""
        self.changes(os.path.dirname(path), {path: entry})

    def changes(self, folder, entries):
        self.names.update(entries)
        self.pending[folder].append(entries)

    def do(self, name, found, rest, base):
        """One call; whether it changed the disk or confirmed a change."""
        if name in ("openat", "creat"):
            path = self.inside(found[-1], found[0] if len(found) > 1 else base)
            if path is None or not re.search("O_WRONLY|O_RDWR|O_CREAT", rest):
                return False
            if self.names.get(path) is None or "O_TRUNC" in rest:
                self.files.append({"data": bytearray(), "confirmed": 0, "at": 0})
                self.change(path, len(self.files) - 1)
                return True
            return False
        if name in ("mkdir", "unlink", "rmdir", "rename", "mkdirat", "unlinkat", "renameat", "renameat2"):
            paths = [self.inside(word, base) for word in found if not name.endswith(("at", "at2")) or word != base]
            if None in paths or paths == ["."]:
                return False
            if name.startswith("rename"):
                self.changes(os.path.dirname(paths[1]), {paths[0]: None, paths[1]: self.names[paths[0]]})
            else:
                self.change(paths[0], "folder" if name.startswith("mkdir") else None)
            return True
        if name == "fsync" and found[0].decode() == os.path.dirname(self.root):
            self.is_above_confirmed = True
        path = self.inside(found[0]) if found else None
        if path is None:
            return False
        if name == "lseek":
            # Files that grow are appended to, and others read; only what is written under a temporary name goes to and fro.
            if path.endswith(".part"):
                _, offset, whence = rest.rstrip(" )").split(", ")
                file = self.files[self.names[path]]
                file["at"] = int(offset) + (file["at"] if whence == "SEEK_CUR" else 0)
            return False
        if name in ("write", "pwrite64"):
            file = self.files[self.names[path]]
            offset = int(rest.rstrip(" )").rpartition(", ")[2]) if name == "pwrite64" else file["at"] if path.endswith(".part") else len(file["data"])
            file["data"] += bytes(max(0, offset - len(file["data"])))
            file["data"][offset:offset + len(found[1])] = found[1]
            file["confirmed"] = min(file["confirmed"], offset)
            if name == "write":
                file["at"] = offset + len(found[1])
        elif name in ("fsync", "fdatasync") and isinstance(self.names.get(path), int):
            file = self.files[self.names[path]]
            file["confirmed"] = len(file["data"])
        elif name == "fsync":
            for entries in self.pending.pop("" if path == "." else path, []):
                self.confirmed.update(entries)
        else:
            raise SystemExit(f"power_loss: {name} in the run's folder is not known here")
        return True

    def after(self, names, data, lots):
        """File, its bytes that are there and zeros behind them, by name, after a loss of power at this moment."""
        entries = dict(self.confirmed)
        for folder in self.pending.values():
            for change in folder:
                if names == "kept" or names == "some" and lots.random() < 0.5:
                    entries.update(change)
        found = {}
        for path, entry in entries.items():
            folder = os.path.dirname(path)
            if not isinstance(entry, int) or folder and entries.get(folder) != "folder":
                continue
            written, confirmed = len(self.files[entry]["data"]), self.files[entry]["confirmed"]
            fate = lots.choice(["kept", "lost", "half", "zeros"]) if data == "some" else data
            there = {"kept": written, "half": (written + confirmed) // 2}.get(fate, confirmed)
            found[path] = (entry, there, written - there if fate == "zeros" else 0)
        return found, [path for path, entry in entries.items() if entry == "folder"]

    def content(self, entry, there, zeros):
        return bytes(self.files[entry]["data"][:there]) + bytes(zeros)


def replay(disk, logs, base, seed, unbroken):
    """Every distinct state by variant, the number of states in all, and what is half in them."""
    lots, known, judged, halves = random.Random(seed), set(), {}, collections.Counter()
    distinct, states = {variant: [] for variant in VARIANTS}, 0
    for log in logs:
        for name, found, rest, _ in calls(log):
            if not disk.do(name, found, rest, base):
                continue
            disk.events += 1
            for variant in VARIANTS:
                files, folders = disk.after(*variant, lots)
                states += 1
                seen = [(path, file) for path, file in files.items() if not path.endswith(".part")]
                for path, file in seen:
                    if (path, file) not in judged:
                        judged[path, file] = path not in ("metrics.jsonl", "log.txt") and is_half(path, disk.content(*file), unbroken)
                    halves[path] += judged[path, file]
                key = frozenset(seen)
                if key not in known:
                    known.add(key)
                    distinct[variant].append((disk.events, files, folders))
    return distinct, states, +halves


def resumed(kind, folder, disk, state):
    """What becomes of a run that is taken up from such a state: a heading to count it under."""
    _, stored, folders = state
    run = folder / kind.name
    shutil.rmtree(run, ignore_errors=True)
    for path in ["", *folders]:
        (run / path).mkdir(parents=True, exist_ok=True)
    for path, file in stored.items():
        (run / path).write_bytes(disk.content(*file))
    before = read(run)
    status = kind.call(kind.go_on(folder), folder)
    ended = read(run)
    if status != 0:
        unchanged = status == 2 and before.items() <= ended.items()
        return f"refused, {'nothing changed' if unchanged else f'status {status}'}: " + kind.errors.strip().split("\n")[0][:200]
    names = differences(ended, kind.unbroken)
    if names == ["metrics.jsonl"]:
        lines, all_of = ([plain(names[0], line) for line in files[names[0]].splitlines()] for files in (ended, kind.unbroken))
        names = ["metrics.jsonl, which lacks lines"] if [line for line in all_of if line in lines] == lines else names
    return SAME + (f", but for {', '.join(names)}" if names else "")


def section(kind, work, count, seed):
    """Lines of the page, and how many states came to a bad end."""
    title = ["## Losses of power", ""]
    if not shutil.which("strace"):
        return title + ["Not simulated: there is no strace on this machine."], 0
    folder = work / "power"
    folder.mkdir()
    shutil.copy(work / "unbroken" / f"{kind.name}.yaml", folder)
    logs = [folder / "killed.log", folder / "resumed.log"]
    record(kind, folder, logs[0], kind.begin, 0.6 * kind.seconds)
    if record(kind, folder, logs[1], kind.go_on(folder)) != 0:
        raise SystemExit("power_loss: the recorded run did not end")
    disk = Disk(folder.resolve() / kind.name)
    distinct, states, halves = replay(disk, logs, os.fsencode(folder.resolve()), seed, kind.unbroken)
    rebuilt = {path: disk.content(*file) for path, file in disk.after("kept", "kept", None)[0].items()}
    if rebuilt != read(folder / kind.name):
        raise SystemExit("power_loss: the log does not rebuild the run")
    for log in logs:
        log.unlink()
    outcomes, table = collections.Counter(), []
    for (names, data), found in distinct.items():
        wanted = min(count // len(VARIANTS), len(found))
        share = found[:3] + [found[3 + i * (len(found) - 3) // (wanted - 3)] for i in range(wanted - 3)]
        for state in share:
            outcomes[resumed(kind, folder, disk, state)] += 1
        table.append(f"| {names} | {data} | {len(found)} | {len(share)} |")
        print(f"power: names {names}, bytes {data}: {len(found)} states, {len(share)} resumed", flush=True)
    bad = sum(halves.values()) + sum(times for outcome, times in outcomes.items() if outcome != SAME and "nothing changed" not in outcome)
    above = "is confirmed too" if disk.is_above_confirmed else "is confirmed by no fsync, and taken as kept"
    return title + [
        f"One run of {kind.heading}, killed once and resumed, was recorded by strace: {disk.events} system calls that change its folder or\n"
        f"confirm a change (fsync). After each of them power is lost in {len(VARIANTS)} ways: {states} states. Bytes that no fsync of their file\n"
        "confirmed are kept, lost, cut in the middle or zeros; names (new, renamed, removed) that no fsync of their folder confirmed are kept,\n"
        f"lost, or each by lot. The entry of the run's folder in the folder above {above}. A disk that loses what\n"
        "fsync confirmed is outside of this, and so is a real device under `dm-flakey`."
        + ("" if os.path.exists("/dev/mapper/control") else " (This machine has no device mapper.)"), "",
        f"**Half files under a final name: {sum(halves.values()) or 'none'}** (every .safetensors and .json parsed, finished files compared "
        "with the unbroken run's; log.txt and metrics.jsonl,\nwhich grow, are judged by the resumption)."
        + "".join(f"\n- {path}: in {times} states" for path, times in sorted(halves.items())), "",
        f"{sum(outcomes.values())} of the states, spread evenly over the run, were rebuilt and resumed (or begun again where run.json was missing):", "",
        *[f"- {times}: {outcome}" for outcome, times in outcomes.most_common()], "",
        "States that differ in more than files under temporary names; one that an earlier row has is not counted again:", "",
        "| names | bytes | states | of them resumed |", "| --- | --- | ---: | ---: |", *table], bad
