"""scripts/certify processes: members of one recipe by one process and by many, compared tensor by tensor.

processes.py LONGTAIL TORCHRUN, in an empty folder; prints Markdown. Everything drawn is drawn from one seed.
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

LONGTAIL, TORCHRUN = sys.argv[1:3]
RECIPE = """\
data: { name: glyphs, classes: 4, images-per-class: 40, test-images-per-class: 8, imbalance: 4 }
network: { name: resnet20, classifier: linear }
precision: float32
stages:
  - pre-train: { epochs: 2, batch-size: 16, rate: { base: 0.05, schedule: cosine, warmup: 0 } }
  - btm: { members: 5, images-per-class: 8, epochs: EPOCHS, batch-size: 8, merge: MERGE }
  - post-train: { epochs: 1, batch-size: 16 }
"""
# Every batch in four parts; the last one of an epoch has fewer images than the others.
SHARDS = """\
data: { name: glyphs, classes: 10, images-per-class: 40, test-images-per-class: TEST, imbalance: 4 }
network: { name: resnet20, classifier: linear }
precision: float32
evaluation: { batch-size: 64 }
stages:
  - pre-train: { epochs: EPOCHS, batch-size: 24, shards: 4, mixup: 0.2, rate: { base: 0.05, schedule: cosine, warmup: 0 } }
  - post-train: { method: mislas, epochs: 2, batch-size: 24, shards: 4 }
"""
STRATEGIES = ["average", "adaptive-h", "adaptive-g", "soup-h", "soup-g"]
WORDS = ["--threads", "1", "--quiet"]


def recipe(merge="average", epochs=2):
    path = pathlib.Path(f"{merge}-{epochs}.yaml")
    path.write_text(RECIPE.replace("MERGE", merge).replace("EPOCHS", str(epochs)))
    return str(path.resolve())


def shards(epochs=3, test=4):
    path = pathlib.Path(f"shards-{epochs}-{test}.yaml")
    path.write_text(SHARDS.replace("EPOCHS", str(epochs)).replace("TEST", str(test)))
    return str(path.resolve())


def digest(run):
    """SHA-256 over names, shapes and bytes of every tensor of every model of a run."""
    found = hashlib.sha256()
    for path in sorted(pathlib.Path(run, "checkpoints").glob("*.safetensors")):
        if path.name == "resume.safetensors":
            continue
        content = path.read_bytes()
        length = struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:8 + length])
        header.pop("__metadata__", None)
        for name, entry in sorted(header.items()):
            begin, end = entry["data_offsets"]
            found.update(f"{path.name} {name} {entry['shape']}".encode() + content[8 + length + begin:8 + length + end])
    return found.hexdigest()[:16]


def execute(command, seconds=180, environment=None, expect=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment)
    if expect is not None and done.returncode != expect:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def train(launcher, merge, run, *more, **options):
    return execute(launcher + [LONGTAIL, "train", recipe(merge), "--run", run] + WORDS + list(more), **options)


def torchrun(size, *more):
    return [TORCHRUN, "--standalone", "--no-python", "--nproc-per-node", str(size), *more, "--"]


def mpirun(size):
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(size)]


def workers(parent):
    """The processes of longtail below a process."""
    found, queue = [], [parent]
    while queue:
        process = queue.pop()
        try:
            for task in pathlib.Path(f"/proc/{process}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
            if pathlib.Path(f"/proc/{process}/exe").resolve() == pathlib.Path(LONGTAIL).resolve():
                found.append(process)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass
    return found


def strategies(single):
    print("\n## Launchers and strategies\n")
    print("Five members; the digest is over every tensor of the models after each stage (one thread a process).\n")
    launchers = [("torchrun, 1 process", torchrun(1)), ("torchrun, 2", torchrun(2)), ("torchrun, 3", torchrun(3)),
                 ("torchrun, 4", torchrun(4)), ("mpirun, 2", mpirun(2)), ("mpirun, 3", mpirun(3))]
    print("| merge | one process | " + " | ".join(name for name, _ in launchers) + " |")
    print("| --- |" + " --- |" * (len(launchers) + 1))
    for merge in STRATEGIES:
        train([], merge, f"one-{merge}")
        single[merge] = digest(f"one-{merge}")
        cells = []
        for place, (_, launcher) in enumerate(launchers):
            run = f"{merge}-{place}"
            train(launcher, merge, run)
            cells.append("the same" if digest(run) == single[merge] else f"DIFFERS: {digest(run)}")
        print(f"| {merge} | {single[merge]} | " + " | ".join(cells) + " |", flush=True)
        if any(cell != "the same" for cell in cells):
            sys.exit("bits differ")


def kills(draw, what, text, numbers, least):
    count, chains, attempts = 0, 0, 0
    began = time.monotonic()
    execute([LONGTAIL, "train", text, "--run", f"{what}-unbroken"] + WORDS)
    length = time.monotonic() - began
    expected = digest(f"{what}-unbroken")
    sizes = set()
    while count < least:
        chains += 1
        run = f"{what}-chain-{chains}"
        while True:
            size = draw.choice(numbers)
            sizes.add(size)
            attempts += 1
            job = subprocess.Popen(
                torchrun(size, "--max-restarts", "2") + [LONGTAIL, "train", text, "--run", run] + WORDS,
                stdout=subprocess.DEVNULL, stderr=open(f"{run}.log", "w"), start_new_session=True)
            moment = time.monotonic() + 2 + draw.uniform(0, 1.5 * length)
            while job.poll() is None and time.monotonic() < moment:
                time.sleep(0.01)
            if job.poll() is not None:
                break
            # Either one worker, which torchrun starts again with the others, or everything.
            processes = workers(job.pid)
            if processes and draw.random() < 0.5:
                os.kill(draw.choice(processes), signal.SIGKILL)
                count += 1
                job.wait(timeout=240)
                break
            for process in processes + [job.pid]:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            count += 1
            job.wait(timeout=60)
        if job.returncode != 0:
            sys.exit(f"{run}: torchrun ended with {job.returncode}:\n{pathlib.Path(f'{run}.log').read_text()}")
        if digest(run) != expected:
            sys.exit(f"{run}: the bits differ")
    print(f"\n{what.capitalize()}: {count} times SIGKILL at drawn moments (seed 15), of one worker, which torchrun starts again with all others, or of "
          f"launcher and workers together, after which the same command goes on with another number of processes "
          f"({', '.join(map(str, sorted(sizes)))}): {chains} runs in {attempts} launches, all with the digest of an unbroken run "
          f"of one process, {expected}.")


def divided():
    print("\n## Shards\n")
    print("Two stages whose batches have four parts, 24 images and a last one of fewer:\n")
    print("| processes | digest |\n| --- | --- |")
    execute([LONGTAIL, "train", shards(), "--run", "shards-one"] + WORDS)
    expected = digest("shards-one")
    print(f"| one, without a launcher | {expected} |")
    for name, launcher in (("torchrun, 2", torchrun(2)), ("torchrun, 4", torchrun(4)), ("mpirun, 2", mpirun(2)),
                           ("mpirun, 4", mpirun(4))):
        run = f"shards-{name.replace(', ', '-')}"
        execute(launcher + [LONGTAIL, "train", shards(), "--run", run] + WORDS)
        print(f"| {name} | {'the same' if digest(run) == expected else 'DIFFERS'} |", flush=True)
        if digest(run) != expected:
            sys.exit("bits differ")
    done = execute(torchrun(3) + [LONGTAIL, "train", shards(), "--run", "shards-three"] + WORDS, expect=None)
    said = [line for line in done.stderr.splitlines() if "cannot be trained by 3 processes" in line]
    if done.returncode == 0 or not said:
        sys.exit(f"three processes are not refused:\n{done.stderr}")
    print(f"\nThree are refused: `{said[0].strip()[:120]}`")
    print("\n## Evaluation\n")
    run = "tested"
    execute([LONGTAIL, "train", shards(1, 101), "--run", run] + WORDS)
    files = sorted(pathlib.Path(run, "predictions").glob("*.csv.gz"))
    cells = []
    for size in (2, 3, 4):
        execute(torchrun(size) + [LONGTAIL, "evaluate", run, "--output", f"tested-{size}"] + WORDS)
        equal = all(file.read_bytes() == pathlib.Path(f"tested-{size}/predictions", file.name).read_bytes() for file in files)
        cells.append(f"{size}: {'the same bytes' if equal else 'DIFFERS'}")
        if not equal:
            sys.exit("predictions differ")
    print(f"1,010 test images in batches of 64, {len(files)} models; predictions on 1 process and on {', '.join(cells)}.")


def full_disk():
    print("\n## A full disk\n")
    folder = pathlib.Path("small").resolve()
    folder.mkdir()
    execute(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)])
    try:
        done = execute(torchrun(2) + [LONGTAIL, "train", shards(), "--run", str(folder / "run")] + WORDS, expect=None)
        shown = [line.strip() for line in done.stderr.splitlines() if "No space left" in line]
        if done.returncode == 0 or not shown:
            sys.exit(f"a full disk is not told:\n{done.stderr}")
        left = sorted(path.name for path in folder.rglob("*.part"))
        print("The run lies on 3 MB. Both processes end, and say:\n")
        print("\n".join(f"    {line[:170]}" for line in shown[:3]))
        print(f"\nHalf-written files: {', '.join(left) if left else 'none'}.")
    finally:
        execute(["umount", str(folder)])


def reasons():
    print("\n## One process fails\n")
    done = train(torchrun(2), "average", "refused", "--set", "stages.btm.rate.base=1000", expect=None)
    shown = [line.strip() for line in done.stderr.splitlines() if "the loss became" in line]
    # The process itself, and torchrun's summary; the other says it too where torchrun does not end it before.
    if done.returncode == 0 or len(shown) < 2:
        sys.exit(f"the reason is not shown:\n{done.stderr}")
    print("A rate that no training survives, under torchrun: the process says why, and torchrun's summary has it, too.\n")
    print("\n".join(f"    {line[:160]}" for line in shown[:3]))


def slurm(single):
    print("\n## Slurm\n")
    name = socket.gethostname()
    folder = pathlib.Path("slurm").resolve()
    folder.mkdir()
    cores = os.cpu_count()
    (folder / "slurm.conf").write_text(f"""\
ClusterName=one
SlurmctldHost={name}
AuthType=auth/munge
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation={folder}
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
NodeName={name} CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={name} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
""")
    (folder / "cgroup.conf").write_text("CgroupAutomount=yes\nIgnoreSystemd=yes\nCgroupPlugin=autodetect\n")
    environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
    os.makedirs("/run/munge", exist_ok=True)
    shutil.chown("/run/munge", "munge", "munge")
    if not os.path.exists("/etc/munge/munge.key"):
        execute(["mungekey", "--create"])
        shutil.chown("/etc/munge/munge.key", "munge", "munge")
    subprocess.run(["pkill", "munged"])
    execute(["runuser", "-u", "munge", "--", "munged"])
    daemons = []
    try:
        for command in (["slurmctld", "-D"], ["slurmd", "-D"]):
            daemons.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(2)
        execute(["scontrol", "update", f"NodeName={name}", "State=RESUME"], environment=environment, expect=None)
        rows = []
        for size in (1, 2):
            run = f"slurm-{size}"
            train(["srun", "-n", str(size), "--overcommit"], "average", run, environment=environment)
            rows.append((f"srun -n {size}", digest(run)))
        share = ["srun", "-n", "1", LONGTAIL, "train", recipe(), "--checkpoint", "slurm-1/checkpoints/pre-train.safetensors",
                 "--members", "slurm-members"] + WORDS
        for more in (["--part", "1/2"], ["--part", "2/2"], ["--run", "slurm-parts"]):
            execute(share + more, environment=environment)
        print("Slurm's own daemons on this machine. `srun` needs no further flag.\n")
        print("| command | digest | |\n| --- | --- | --- |")
        for command, found in rows:
            print(f"| {command} | {found} | {'the same' if found == single['average'] else 'DIFFERS'} |")
            if found != single["average"]:
                sys.exit("bits differ")
        own = tensors("slurm-parts", "btm")
        print(f"| two jobs with --part 1/2 and 2/2, then the merge | {own} (model btm) | "
              f"{'the same' if own == tensors('one-average', 'btm') else 'DIFFERS'} |")
        if own != tensors("one-average", "btm"):
            sys.exit("bits differ")
        job = subprocess.Popen(["srun", "-n", "2", "--overcommit", "--kill-on-bad-exit=1", LONGTAIL, "train", recipe("average", 30),
                                "--run", "slurm-killed"] + WORDS, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        while not pathlib.Path("slurm-killed/members").exists() and job.poll() is None:
            time.sleep(0.05)
        found = [int(path.name) for path in pathlib.Path("/proc").iterdir() if path.name.isdigit() and is_longtail(path)]
        os.kill(found[0], signal.SIGKILL)
        began = time.monotonic()
        job.wait(timeout=120)
        print(f"\nA task that is killed ends the step in {time.monotonic() - began:.1f} s (`--kill-on-bad-exit=1`).")
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        subprocess.run(["pkill", "munged"])


def is_longtail(path):
    try:
        return (path / "exe").resolve() == pathlib.Path(LONGTAIL).resolve()
    except (PermissionError, FileNotFoundError):
        return False


def tensors(run, model):
    folder = pathlib.Path(f"only-{run}-{model}/checkpoints")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(f"{run}/checkpoints/{model}.safetensors", folder)
    return digest(folder.parent)


def namespaces(single):
    print("\n## Two machines\n")

    def inside(place, command):
        return ["ip", "netns", "exec", place] + command

    names = ("longtail-a", "longtail-b")
    try:
        for name in names:
            execute(["ip", "netns", "add", name])
        execute(["ip", "link", "add", "lt-a", "netns", names[0], "type", "veth", "peer", "name", "lt-b", "netns", names[1]])
        for name, link, address in ((names[0], "lt-a", "10.77.0.1/24"), (names[1], "lt-b", "10.77.0.2/24")):
            execute(inside(name, ["ip", "addr", "add", address, "dev", link]))
            execute(inside(name, ["ip", "link", "set", link, "up"]))
            execute(inside(name, ["ip", "link", "set", "lo", "up"]))

        def begin(run, *more, epochs=2):
            jobs = []
            for rank, name in enumerate(names):
                variables = {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1",
                             "MASTER_ADDR": "10.77.0.1", "MASTER_PORT": "29555"}
                jobs.append(subprocess.Popen(
                    inside(name, [LONGTAIL, "train", recipe("average", epochs), "--run", run, "--members", f"{run}-{rank}"] + WORDS
                           + list(more)), env=dict(os.environ, **variables), stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, text=True))
            return jobs

        for job in begin("spaces"):
            errors = job.communicate(timeout=120)[1]
            if job.returncode != 0:
                sys.exit(f"two namespaces: {errors}")
        if digest("spaces") != single["average"]:
            sys.exit("two namespaces: the bits differ")
        print("Two network namespaces that have only a cable and no folder of members in common, with no variable of Gloo set: the "
              f"same digest, {digest('spaces')}.\n")
        jobs = begin("cut", "--collective-timeout", "6", epochs=60)
        while not pathlib.Path("cut-1").exists():
            time.sleep(0.05)
        time.sleep(1)
        execute(inside(names[0], ["ip", "link", "set", "lt-a", "down"]))
        began = time.monotonic()
        said = [job.communicate(timeout=180)[1].strip().splitlines()[0] for job in jobs]
        print(f"The cable is cut while members are trained (`--collective-timeout 6`): both processes ended after "
              f"{time.monotonic() - began:.0f} s and said\n")
        for job, line in zip(jobs, said):
            print(f"    {line}")
            if job.returncode == 0:
                sys.exit("a process did not notice")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name])


single = {}
strategies(single)
divided()
print("\n## Kills")
draw = random.Random(15)
kills(draw, "members", recipe("average", epochs=6), [1, 2, 3], 20)
kills(draw, "shards", shards(30), [1, 2, 4], 10)
reasons()
full_disk()
slurm(single)
namespaces(single)
