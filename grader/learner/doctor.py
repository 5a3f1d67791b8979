"""`handson doctor`: what of this machine stands in the way of the course, each finding with its mend.

For someone who does not administer the machine: a mend is something they can do, or a sentence to send to who can. It
needs nothing but the standard library, since what is missing may be anything: `python -m grader.learner.doctor` works
where `handson` does not.
"""

import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from grader.learner.problem import Problem
from grader.learner.start import FIRST_PORT, NEEDED, free_port, missing_packages, own_folder

State = Literal["ok", "warn", "fail"]
SCHEMA = 1
SIGNS: Mapping[State, str] = {"ok": "✓", "warn": "!", "fail": "✕"}
PLAIN_SIGNS: Mapping[State, str] = {"ok": "+", "warn": "!", "fail": "x"}
OLDEST_PYTHON = (3, 11)
LITTLE_DISK = 500_000_000
NO_DISK = 50_000_000
SECONDS_FOR_A_KERNEL = 60
_LOCK = Path(__file__).resolve().parents[2] / "requirements.txt"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)\s*(;)?", re.MULTILINE)
_SYNCED = {
    "OneDrive": r"onedrive",
    "Dropbox": r"dropbox",
    "Google Drive": r"google ?drive|my drive|drivefs",
    "iCloud": r"icloud|mobile documents|com~apple~clouddocs",
    "Nextcloud": r"nextcloud|owncloud",
    "Box": r"box( sync)?",
    "a cloud service": r"cloudstorage",
}
_KERNEL = """
import json
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3", startup_timeout=50)
said = []
try:
    reply = client.execute_interactive(
        "import sys, duckdb, grader; print(sys.executable, duckdb.__version__)",
        timeout=50, store_history=False, stop_on_error=True,
        output_hook=lambda message: said.append(message["content"].get("text") or message["content"].get("evalue", "")),
    )
    print(json.dumps({"status": reply["content"]["status"], "said": "".join(said).strip()}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, what was found, and the mend (empty when it is well)."""

    name: str
    state: State
    found: str
    mend: str = ""


def examine(folder: Path) -> Iterator[Finding]:
    """Looks at this machine and at the work folder, quickest first. Raises `Problem` for a folder that is a file."""
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder} is a file, not a folder: name a folder, as in `handson doctor my-work`.")
    yield python()
    yield packages()
    yield rights(folder)
    yield place(folder)
    yield disk(folder)
    yield ports()
    yield proxy()
    yield browser()
    yield kernel()


def doctor_command(folder: Path, *, as_json: bool = False) -> int:
    """What `handson doctor` runs: 0 when nothing fails, else 1. Raises `Problem`."""
    if as_json:
        findings = list(examine(folder))
        print(json.dumps({"schema": SCHEMA, "findings": [asdict(finding) for finding in findings]}, indent=1))
    else:
        findings = []
        for finding in examine(folder):
            findings.append(finding)
            _say(_shown(finding))
        _say(_summary(findings))
    return int(any(finding.state == "fail" for finding in findings))


def _shown(finding: Finding) -> str:
    mend = f"\n           What to do: {finding.mend}" if finding.mend else ""
    return f"{SIGNS[finding.state]} {finding.state:<5}{finding.name}: {finding.found}{mend}"


def _named(findings: Sequence[Finding], state: State) -> str:
    return ", ".join(finding.name for finding in findings if finding.state == state)


def _summary(findings: Sequence[Finding]) -> str:
    fails, warns = (sum(finding.state == state for finding in findings) for state in ("fail", "warn"))
    if fails:
        named = _named(findings, "fail")
        return f"\n{fails} of {len(findings)} stand in the way: {named}. Mend the first, then run this again."
    if warns:
        return f"\nThe course runs here. {warns} of {len(findings)} may trouble you later: {_named(findings, 'warn')}."
    return "\nAll is well: `handson start` opens the course."


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except UnicodeEncodeError:
        # An old console of Windows knows neither the signs nor every letter of a path.
        for state, sign in SIGNS.items():
            text = text.replace(sign, PLAIN_SIGNS[state])
        print(text.encode("ascii", "replace").decode(), flush=True)


def python(version: tuple[int, ...] = sys.version_info[:3], bits: int = 64 if sys.maxsize > 2**32 else 32) -> Finding:
    """The version, and whether it is one for 64 bits: DuckDB comes for no other."""
    is_ = f"{'.'.join(map(str, version))}, {bits} bits"
    if version[:2] < OLDEST_PYTHON or bits < 64:
        return Finding(
            "Python",
            "fail",
            is_,
            "install Python 3.11 or newer, the 64-bit one, from python.org (on a company laptop: ask for it by that "
            "name), then install the course again with it.",
        )
    return Finding("Python", "ok", is_)


def packages(lock: Path = _LOCK, version: Callable[[str], str] = importlib.metadata.version) -> Finding:
    """The packages against the lock of a clone; of an installed course, against the lowest versions that it names."""
    again = f"install the course again with this Python: {_install(lock)}"
    missing = missing_packages()
    if missing:
        return Finding("Packages", "fail", f"missing: {', '.join(missing)}", again)
    if lock.is_file():
        other, counted = _unlike_the_lock(lock.read_text(encoding="utf-8"), version)
        if other:
            shown = ", ".join(other[:4]) + (", ..." if len(other) > 4 else "")
            return Finding("Packages", "warn", f"{len(other)} are not the tested ones: {shown}", again)
        return Finding("Packages", "ok", f"{counted} as in the lock")
    old = _too_old(version)
    if old:
        return Finding("Packages", "fail", f"too old: {', '.join(old)}", again)
    return Finding("Packages", "ok", f"all {len(NEEDED)} are there, and new enough")


def _install(lock: Path) -> str:
    here = f'"{sys.executable}" -m pip install'
    return f'{here} -r "{lock}"' if lock.is_file() else f"{here} --upgrade handson-hour"


def _unlike_the_lock(lock: str, version: Callable[[str], str]) -> tuple[list[str], int]:
    """The installed packages of a version that the lock does not pin, in words, and how many were as pinned.

    A package that the lock has for some systems only, and that is not here, is left out.
    """
    pins: dict[str, list[str]] = {}
    for name, pinned, _ in _PIN.findall(lock):
        pins.setdefault(name, []).append(pinned)
    other, counted = [], 0
    for name, pinned in pins.items():
        try:
            installed = version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if installed in pinned:
            counted += 1
        else:
            other.append(f"{name} {installed} (tested: {pinned[-1]})")
    return other, counted


def _too_old(version: Callable[[str], str]) -> list[str]:
    try:
        required = importlib.metadata.requires("handson-hour") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    old = []
    for line in required:
        found = re.match(r"([\w.-]+)\s*[^;]*?>=\s*([\d.]+)", line)
        if found is None or "extra ==" in line:
            continue
        try:
            installed = version(found.group(1))
        except importlib.metadata.PackageNotFoundError:
            continue
        if _numbers(installed) < _numbers(found.group(2)):
            old.append(f"{found.group(1)} {installed} (needs {found.group(2)})")
    return old


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def rights(folder: Path) -> Finding:
    """Whether a file can be written into the work folder, renamed and taken away again."""
    nearest = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".handson-doctor-", dir=nearest) as scratch:
            (Path(scratch) / "a").write_bytes(b"x")
            (Path(scratch) / "a").rename(Path(scratch) / "b")
    except OSError as error:
        full = "free some space, or " if error.errno == 28 else ""
        return Finding(
            "Folder",
            "fail",
            f"{nearest} cannot be written to ({error.strerror or error})",
            f'{full}work in a folder of your own: handson start "{Path.home() / "my-work"}"',
        )
    return Finding("Folder", "ok", f"{folder} can be written to")


def place(folder: Path, environment: Mapping[str, str] = os.environ, *, windows: bool = os.name == "nt") -> Finding:
    """Whether the work folder's path gives trouble: synced, very long, or with signs that programs stumble over."""
    text = str(folder)
    elsewhere = "C:\\my-work" if windows else "~/my-work"
    roots = [value for name, value in environment.items() if name.lower().startswith("onedrive") and value]
    service = next((name for name, words in _SYNCED.items() if _is_part(folder, words)), "")
    if any(text.lower().startswith(root.lower()) for root in roots):
        service = "OneDrive"
    if service:
        return Finding(
            "Place",
            "warn",
            f"{folder} is synced by {service}, which may hold a file while it is being saved, or keep two of it",
            f"work outside of it (handson start {elsewhere}), and let `handson keep` make the copy that is synced.",
        )
    if text != text.strip() or any(ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 for sign in text):
        return Finding(
            "Place",
            "warn",
            f"the name of the folder has a sign that cannot be printed, or a space at an end: {text!r}",
            f"work in a folder with a plain name: handson start {elsewhere}",
        )
    if windows and len(text) > 120:
        return Finding(
            "Place",
            "warn",
            f"the path has {len(text)} signs; Windows counts 260 with the file's name",
            f"work nearer to the top of the disk: handson start {elsewhere}",
        )
    return Finding("Place", "ok", "not synced, and nothing odd in its name")


def _is_part(folder: Path, words: str) -> bool:
    # "OneDrive - Kestrel & Vale", "Dropbox (Personal)"
    return any(re.fullmatch(rf"({words})([ -].*)?", part, re.IGNORECASE) for part in folder.parts)


def disk(folder: Path, free: int | None = None) -> Finding:
    """The bytes that are free where the work folder is, or will be."""
    nearest = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    if free is None:
        try:
            free = shutil.disk_usage(nearest).free
        except OSError as error:
            return Finding("Disk", "warn", f"cannot be asked ({error.strerror or error})", "see that 500 MB are free.")
    is_ = f"{free / 1e9:.1f} GB are free" if free >= 1e9 else f"{free / 1e6:.0f} MB are free"
    mend = "empty the bin, or move something large to another disk; the course itself needs 50 MB."
    if free < NO_DISK:
        return Finding("Disk", "fail", is_, mend)
    return Finding("Disk", "warn" if free < LITTLE_DISK else "ok", is_, mend if free < LITTLE_DISK else "")


def ports(find: Callable[[int], int] = free_port, environment: Mapping[str, str] = os.environ) -> Finding:
    """Whether this machine lets a program talk to itself, as JupyterLab and its kernels do.

    In a terminal of a JupyterLab that runs no further port is needed, nor is one where the course is open already.
    """
    runs = "JUPYTER_SERVER_URL" in environment
    try:
        port = FIRST_PORT if runs else find(0)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            with socket.create_connection(server.getsockname(), timeout=5) as client:
                accepted, _ = server.accept()
                with accepted:
                    accepted.settimeout(5)
                    client.sendall(b"?")
                    if accepted.recv(1) != b"?":
                        raise OSError("nothing came through")
    except Problem as problem:
        return Finding("Port", "fail", "none is free on this machine", str(problem))
    except OSError as error:
        return Finding(
            "Port",
            "fail",
            f"this machine does not let a program talk to itself ({error.strerror or error})",
            "ask who looks after the machine to let Python use 127.0.0.1 (the firewall or the virus scanner stops it); "
            "nothing from outside needs to come in.",
        )
    if runs:
        return Finding("Port", "ok", "none is needed: this terminal belongs to a JupyterLab that runs")
    taken = f"; {FIRST_PORT} is in use, as it is while the course is open" if port != FIRST_PORT else ""
    return Finding("Port", "ok", f"{port} is free, on this machine alone{taken}")


def proxy(
    proxies: Callable[[], Mapping[str, str]] = urllib.request.getproxies,
    bypass: Callable[[str], object] = urllib.request.proxy_bypass,
) -> Finding:
    """Whether a proxy would catch what is meant for this machine itself."""
    set_ = sorted(name for name in proxies() if name in ("http", "all"))
    if not set_:
        return Finding("Proxy", "ok", "none in the way")
    caught = [host for host in ("127.0.0.1", "localhost") if not bypass(host)]
    if caught:
        return Finding(
            "Proxy",
            "warn",
            f"a proxy is set, with no exception for {' and '.join(caught)}",
            "the course goes round it by itself. If the page stays empty: in the browser's proxy settings add "
            "127.0.0.1 and localhost to the exceptions, or set NO_PROXY=localhost,127.0.0.1",
        )
    return Finding("Proxy", "ok", "one is set, and leaves this machine's own pages alone")


def browser(get: Callable[[], object] = webbrowser.get) -> Finding:
    """Whether Python finds a browser to open the page with."""
    try:
        get()
    except webbrowser.Error:
        return Finding(
            "Browser",
            "warn",
            "none was found that can be opened from here",
            "start with `handson start --no-browser`, and copy the address that it prints into your browser.",
        )
    return Finding("Browser", "ok", "one will open")


def kernel(run: Callable[..., "subprocess.CompletedProcess[str]"] = subprocess.run) -> Finding:
    """Whether a kernel, the engine behind a notebook, starts, and finds DuckDB and the course."""
    again = f"run {_install(_LOCK)}; if that does not mend it, send this line to your coach."
    if "ipykernel" in missing_packages():
        return Finding("Kernel", "fail", "cannot start: ipykernel is missing", again)
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONUTF8": "1", "HANDSON_MODE": "test"}
    try:
        # As in the course, what the user set up for other notebooks has no say.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as settings:
            done = run(
                [sys.executable, "-c", _KERNEL],
                env={**environment, "IPYTHONDIR": settings},
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS_FOR_A_KERNEL,
            )
        answer = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout.strip() else None
    except subprocess.TimeoutExpired:
        return Finding("Kernel", "fail", f"gave no answer in {SECONDS_FOR_A_KERNEL} s", again)
    except (OSError, ValueError) as error:
        return Finding("Kernel", "fail", f"cannot be started ({error})", again)
    if answer is None:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Finding("Kernel", "fail", f"does not start: {last[:200]}", again)
    if answer["status"] != "ok":
        return Finding("Kernel", "fail", f"starts, and stops at: {answer['said'][:200]}", again)
    return Finding("Kernel", "ok", f"starts, with DuckDB {answer['said'].rpartition(' ')[2]}")


def main(arguments: Sequence[str]) -> int:
    """`python -m grader.learner.doctor [FOLDER] [--json]`, for a Python that lacks what `handson` needs."""
    folders = [argument for argument in arguments if argument != "--json"]
    try:
        if len(folders) > 1 or any(folder.startswith("-") for folder in folders):
            raise Problem("Write `python -m grader.learner.doctor`, with a folder or --json behind it if you like.")
        return doctor_command(own_folder(Path(folders[0]) if folders else None), as_json="--json" in arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
