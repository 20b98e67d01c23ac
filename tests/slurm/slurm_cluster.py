"""A SLURM cluster of three nodes on this machine, in a folder of its own.

Everything lives in that folder: configuration, keys, sockets, spools and the accounting database.
The ports are free ones on the loopback. Nothing that is installed is touched.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

Answer = TypeVar("Answer")

# By partition.
NODES = {"main": ("n1", "n2"), "apart": ("n3",)}
_ALL_NODES = [node for nodes in NODES.values() for node in nodes]

_PROGRAMS = (
    "munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd",
    "sacct", "sacctmgr", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun",
)  # fmt: skip

_SLURM = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits for its old credential to expire.
AuthInfo=socket={folder}/munge.socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Processes that run, not control groups, which a container may not have, are asked for memory.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accounting}
# In spite of its name, where munge listens.
AccountingStoragePass={folder}/munge.socket
AccountingStoreFlags=job_comment
SlurmdTimeout=10
KillWait=5
ReturnToService=2
# The nodes are said to be what the tests need, whatever this machine is.
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={n1} CPUs=1 RealMemory=8000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={n2} CPUs=1 RealMemory=8000
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port={n3} CPUs=1 RealMemory=8000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE
PartitionName=apart Nodes=n3 MaxTime=INFINITE
"""

_ACCOUNTING = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={accounting}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm
"""


def why_not() -> str | None:
    """Return why no cluster can be started here, or None."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"SLURM is not installed: no {', '.join(missing)}"
    if os.geteuid() != 0:
        return "a SLURM of several nodes on one machine is started by root"
    return None


def wait_for(what: str, question: Callable[[], Answer], seconds: float = 120) -> Answer:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds} s still no {what}")
        time.sleep(0.1)
    return answer


class Cluster:
    """A context manager: inside it the cluster runs, and `environment` leads to it."""

    def __init__(self) -> None:
        # Not where pytest keeps files: names of sockets must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
        }
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException as error:
            error.add_note(self.logs())
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self.folder.chmod(0o755)
        names = ("controller", "accounting", "database", *_ALL_NODES)
        values = dict(zip(names, _free_ports(len(names)), strict=True)) | {
            "folder": self.folder,
            "host": socket.gethostname().split(".")[0],
            "password": secrets.token_hex(8),
        }
        self._write("slurm.conf", _SLURM.format_map(values))
        self._write("slurmdbd.conf", _ACCOUNTING.format_map(values))
        # The executor's job step drops SLURM_CONF before it calls srun.
        (self.folder / "bin").mkdir()
        self._write(
            "bin/srun",
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n',
            mode=0o755,
        )
        (self.folder / "munge.key").write_bytes(secrets.token_bytes(128))
        (self.folder / "munge.key").chmod(0o600)
        self._start_munge()
        self._start_database(values)
        self._daemon("slurmdbd", "slurmdbd", "-D")
        # Its first start makes the tables.
        wait_for("accounting", lambda: self._succeeds("sacctmgr", "-n", "list", "cluster"))
        self.run("sacctmgr", "-i", "add", "cluster", "test")
        self.run("sacctmgr", "-i", "add", "account", "lab", "Cluster=test")
        self.run("sacctmgr", "-i", "add", "user", "root", "DefaultAccount=lab")
        (self.folder / "state").mkdir()
        self._daemon("slurmctld", "slurmctld", "-D")
        for node in _ALL_NODES:
            self.start_node(node)

    def _start_munge(self) -> None:
        paths = {
            "key-file": "munge.key",
            "socket": "munge.socket",
            "pid-file": "munge.pid",
            "log-file": "munge.log",
            "seed-file": "munge.seed",
        }
        options = [f"--{option}={self.folder / name}" for option, name in paths.items()]
        # Forced: it would not have a socket below a folder that everyone may write to.
        self._daemon("munged", "munged", "--foreground", "--force", *options)
        wait_for("munge socket", (self.folder / "munge.socket").exists)

    def _start_database(self, values: dict[str, object]) -> None:
        data = self.folder / "database"
        self.run(
            "mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}",
            "--skip-test-db", "--auth-root-authentication-method=normal",
        )  # fmt: skip
        user = "'slurm'@'127.0.0.1'"
        self._write(
            "database.sql",
            f"CREATE USER {user} IDENTIFIED BY '{values['password']}';\n"
            f"GRANT ALL ON slurm.* TO {user};\n",
        )
        self._daemon(
            "mariadbd", "mariadbd", "--no-defaults", "--user=root", f"--datadir={data}",
            f"--socket={self.folder}/database.socket", f"--pid-file={self.folder}/database.pid",
            "--bind-address=127.0.0.1", f"--port={values['database']}", "--skip-name-resolve",
            f"--init-file={self.folder}/database.sql",
            # It is thrown away after the tests.
            "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
        )  # fmt: skip
        wait_for("database", lambda: _answers(int(str(values["database"]))))

    def start_node(self, node: str) -> None:
        """Start a node, and wait until it takes jobs."""
        (self.folder / f"spool-{node}").mkdir(exist_ok=True)
        self._daemon(f"slurmd-{node}", "slurmd", "-D", "-N", node)
        wait_for(f"idle {node}", lambda: self.node_state(node) == "idle")

    def kill_node(self, node: str) -> None:
        """End a node without warning: its daemon and all that runs on it."""
        daemon = self._daemons.pop(f"slurmd-{node}")
        _kill([psutil.Process(daemon.pid), *self._steps(node)])
        daemon.wait()

    def _steps(self, node: str) -> list[psutil.Process]:
        """Return what runs on a node. The daemon that started it is not its parent."""
        log = str(self.folder / f"slurmd-{node}.log")
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(psutil.Error):
                if process.info["name"] == "slurmstepd" and log in [
                    file.path for file in process.open_files()
                ]:
                    found.append(process)
        return found

    def node_state(self, node: str) -> str:
        return self.run("sinfo", "-h", "-n", node, "-o", "%t", check=False).strip()

    def hold(self, partition: str) -> None:
        """Let jobs wait in the queue: those that run go on, no other starts."""
        self.run("scontrol", "update", f"PartitionName={partition}", "State=DOWN")

    def release(self, partition: str) -> None:
        self.run("scontrol", "update", f"PartitionName={partition}", "State=UP")

    def queue(self, partition: str, state: str, comment: str = "") -> list[str]:
        """Return the ids of the jobs in a state, such as PENDING, whose comment starts so."""
        lines = self.run("squeue", "-h", "-p", partition, "-t", state, "-o", "%A %k").splitlines()
        jobs = (line.split(" ", 1) for line in lines)
        return [job for job, said in jobs if said.startswith(comment)]

    def clear(self, partition: str) -> None:
        """Cancel all jobs of a partition, and wait until none is left."""
        self.release(partition)
        self.run("scancel", "--full", f"--partition={partition}")
        wait_for("empty queue", lambda: not self.run("squeue", "-h", "-p", partition))

    def cancel(self, job: str) -> None:
        self.run("scancel", job)

    def script(self, partition: str, name: str) -> psutil.Process:
        """Return the process of a job's Python script."""
        for node in NODES[partition]:
            for step in self._steps(node):
                for process in step.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        command = process.cmdline()
                        if "python" in command[0] and command[-1].endswith(name):
                            return process
        raise LookupError(f"no job runs {name}")

    def records(self, job: str | None = None) -> list[dict[str, str]]:
        """Return what accounting says of a job, or of all: one entry for each time it ran."""
        columns = (
            "JobID",
            "State",
            "Partition",
            "NodeList",
            "Comment",
            "ReqMem",
            "Timelimit",
            "ReqCPUS",
        )
        said = self.run(
            "sacct", "-X", "-D", "-P", "-n", "-S", "now-1days", f"--format={','.join(columns)}",
            *(["-j", job] if job else []),
        )  # fmt: skip
        return [dict(zip(columns, line.split("|"), strict=True)) for line in said.splitlines()]

    def run(self, *command: str, check: bool = True) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.environment, check=False
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def logs(self) -> str:
        """Return the ends of the daemons' logs."""
        ends = [
            f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.folder.glob("*.log"))
        ]
        return "\n".join(ends)

    def stop(self) -> None:
        # What a daemon has started outlives it.
        started = [step for node in _ALL_NODES for step in self._steps(node)]
        for daemon in self._daemons.values():
            started.append(psutil.Process(daemon.pid))
        _kill(started)
        for daemon in self._daemons.values():
            daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _daemon(self, name: str, *command: str) -> None:
        with open(self.folder / f"{name}.out.log", "ab") as log:
            self._daemons[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )

    def _succeeds(self, *command: str) -> bool:
        done = subprocess.run(command, capture_output=True, env=self.environment, check=False)
        return done.returncode == 0

    def _write(self, name: str, text: str, mode: int = 0o600) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(mode)


def _kill(roots: Sequence[psutil.Process]) -> None:
    """Kill processes with all their children, all at once."""
    tree = []
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            tree += [root, *root.children(recursive=True)]
    for process in tree:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(tree, timeout=30)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
