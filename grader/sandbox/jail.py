"""Shuts one run in: spaces of its own (users, mounts, processes, IPC, network), limits, no capability.

It runs in a fresh fork of the warm parent, inside bubblewrap, before the first line of a stranger's code. The order of
the steps matters; see user_namespaces(7), pid_namespaces(7) and capabilities(7).
"""

import ctypes
import fcntl
import os
import resource
import shutil
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.seccomp import refuse_calls

NEW_MOUNTS, NEW_IPC, NEW_USERS, NEW_PROCESSES, NEW_NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
CAPABILITIES = 64
CAPABILITY_VERSION_3 = 0x20080522
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 1, 64
SIGKILL = 9

NOBODY = 65534
"""The uid that the warm parent takes where it was started as root."""
DATA = Path("/data")
"""Where bubblewrap binds the folders of data, read-only. A run sees a copy of its own one and none of the others."""
SCRATCH = Path("/scratch")
TEMPORARY = (Path("/tmp"), Path("/dev/shm"), SCRATCH)
MOST_FILES = 20_000
"""In each temporary folder: the kernel's memory for a file's name is in no other limit."""
MOST_TERMINALS = 16
"""`!command` takes one; a machine has 4,096 for all its users."""
MOST_OUTPUTS = 2_000
"""What one cell may show, in numbers of outputs."""
HOST_NAME = "course"

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """What one run may take. Bytes, seconds, counts.

    `memory` is what its processes may hold in all, beyond what the warm parent holds; the parent's supervisor looks at
    that. The others are the kernel's: `data` is what one process may add, `disk` each of its temporary folders.
    """

    memory: int = 2 << 30
    data: int = 1536 << 20
    disk: int = 64 << 20
    processes: int = 64
    files: int = 256
    cpu: int = 120


class JailError(OSError):
    """A step of the containment failed: nothing of the job was run."""


def _call(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise JailError(number, f"{what}: {os.strerror(number)}")


def uncover_proc() -> None:
    """Take away what bubblewrap lays over parts of /proc for root: a run can mount a /proc of its own only then."""
    for covered in ("sys", "irq", "bus", "sysrq-trigger"):
        _libc.umount2(f"/proc/{covered}".encode(), MNT_DETACH)


def become_nobody() -> None:
    """Give up root for good, and every capability with it."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def hide_memory() -> None:
    """No other process, not even one of the same uid, may read or trace this one."""
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def enter(limits: Limits) -> None:
    """Leave the warm parent's spaces. The caller's next child is the first process of the new process space."""
    _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # a process that cannot be dumped may not write its own uid_map
    uid, gid = os.getuid(), os.getgid()
    _call(_libc.unshare(NEW_USERS | NEW_MOUNTS | NEW_PROCESSES | NEW_IPC | NEW_NETWORK), "own spaces")
    # After the new user space, which has a count of its own: the limit of the moment at which it is made is also held
    # against all that this uid runs outside, so that one run's processes would be missing in another.
    resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def settle(limits: Limits, folder: str) -> Path:
    """In the first process of the new space: own temporary folders with a copy of `folder` of the data, no way back.

    Returns the copy. What was not copied cannot be seen any more.
    """
    os.setsid()  # a signal to the group reaches across spaces: to the warm parent, if it is the parent's group
    _libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    _call(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    for place in TEMPORARY:
        size = f"size={limits.disk},nr_inodes={MOST_FILES},mode=0700".encode()
        _call(_libc.mount(b"tmpfs", str(place).encode(), b"tmpfs", MS_NOSUID | MS_NODEV, size), f"own {place}")
    terminals = f"newinstance,ptmxmode=0666,mode=0620,max={MOST_TERMINALS}".encode()
    _call(_libc.mount(b"devpts", b"/dev/pts", b"devpts", MS_NOSUID | MS_NOEXEC, terminals), "own terminals")
    copy = SCRATCH / Path(folder).name
    shutil.copytree(DATA / folder, copy, copy_function=shutil.copyfile)
    _call(_libc.mount(b"tmpfs", str(DATA).encode(), b"tmpfs", MS_NOSUID | MS_NODEV, b"size=4k"), "no other data")
    _libc.mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)  # else it sees its own ids only
    with suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _lock(limits)
    return copy


def _lock(limits: Limits) -> None:
    """No new privileges, no capability, the kernel's limits, and fewer ways into the kernel."""
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(CAPABILITIES):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, nothing = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _call(_libc.capset(header, nothing), "no capabilities")
    for what, value in (
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_DATA, _private_bytes() + limits.data),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(what, (value, value))
    refuse_calls()


def _private_bytes() -> int:
    """What this process holds already of what RLIMIT_DATA counts."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    return int(line.split()[1]) * 1024


def resident_bytes() -> tuple[int, int]:
    """Memory of this process, and of all others that it can see: their pages, shared ones counted each time."""
    page = resource.getpagesize()
    mine = others = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                pages = int((entry / "statm").read_text().split()[1])
                if int(entry.name) == os.getpid():
                    mine = pages * page
                else:
                    others += pages * page
    return mine, others
