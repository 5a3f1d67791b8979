"""What the doctor finds on machines that are not well, and what it says to someone who does not administer them."""

import errno
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.learner import doctor as module
from grader.learner import start as start_module
from grader.learner.doctor import Finding, doctor_command, main
from grader.learner.problem import Problem

LOCK = """
duckdb==1.4.2 \\
    --hash=sha256:aa
numpy==2.3.0 ; python_full_version < '3.12' \\
    --hash=sha256:bb
numpy==2.4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
pywinpty==3.0.0 ; os_name == 'nt' \\
    --hash=sha256:dd
"""


def _versions(**installed: str) -> Callable[[str], str]:
    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    return version


def _is_mended(finding: Finding, state: str) -> None:
    """A finding that is not well says in words what to do, and names no tool that only administrators know."""
    assert finding.state == state
    assert finding.mend
    assert not re.search(r"sudo|chmod|PATH\b|regedit|environment variable", finding.mend)


@pytest.mark.parametrize(("version", "bits"), [((3, 10, 14), 64), ((3, 9, 0), 64), ((3, 12, 1), 32)])
def test_an_old_python_or_one_for_32_bits_fails(version: tuple[int, ...], bits: int) -> None:
    finding = module.python(version, bits)
    _is_mended(finding, "fail")
    assert "3.11 or newer, the 64-bit one" in finding.mend


def test_this_python_is_well() -> None:
    assert module.python().state == "ok"
    assert module.python((3, 14, 0), 64).state == "ok"


def test_the_packages_that_are_looked_for_are_those_of_the_project(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tuple(re.split(r"[>=<]", line)[0] for line in project["dependencies"]) == start_module.NEEDED
    assert start_module.missing_packages() == []


def test_missing_packages_fail_and_the_mend_names_this_very_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "missing_packages", lambda: ["duckdb", "pandas"])
    finding = module.packages(tmp_path / "none.txt")
    _is_mended(finding, "fail")
    assert finding.found == "missing: duckdb, pandas"
    assert f'"{sys.executable}" -m pip install --upgrade handson-hour' in finding.mend
    (tmp_path / "requirements.txt").write_text(LOCK)
    assert f'-r "{tmp_path / "requirements.txt"}"' in module.packages(tmp_path / "requirements.txt").mend


def test_versions_are_held_against_the_lock_with_its_forks_and_its_other_systems(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK)
    assert module.packages(lock, _versions(duckdb="1.4.2", numpy="2.4.0")).found == "2 as in the lock"
    finding = module.packages(lock, _versions(duckdb="1.3.0", numpy="2.4.0"))
    _is_mended(finding, "warn")
    assert finding.found == "1 are not the tested ones: duckdb 1.3.0 (tested: 1.4.2)"


def test_without_a_lock_the_lowest_versions_of_the_installed_course_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    required = ["duckdb>=1.4", "jupyterlab<5,>=4.5", "nbgrader>=0.9.5; extra == 'coach'"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _name: required)
    none = tmp_path / "none.txt"
    assert module.packages(none, _versions(duckdb="1.4.0", jupyterlab="4.10.0", nbgrader="0.1")).state == "ok"
    finding = module.packages(none, _versions(duckdb="1.3.9", jupyterlab="4.5.0"))
    _is_mended(finding, "fail")
    assert finding.found == "too old: duckdb 1.3.9 (needs 1.4)"


def test_a_folder_that_cannot_be_written_to_fails_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.rights(tmp_path / "new" / "work").state == "ok"
    assert list(tmp_path.iterdir()) == []

    def refused(*_arguments: object, **_named: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    finding = module.rights(tmp_path / "work")
    _is_mended(finding, "fail")
    assert "Permission denied" in finding.found
    assert str(Path.home() / "my-work") in finding.mend


@pytest.mark.parametrize(
    ("parts", "service"),
    [
        (("OneDrive - Kestrel & Vale", "course"), "OneDrive"),
        (("Dropbox (Personal)",), "Dropbox"),
        (("Library", "CloudStorage", "pCloud"), "a cloud service"),
        (("Library", "CloudStorage", "GoogleDrive-ana"), "Google Drive"),
        (("Library", "Mobile Documents", "com~apple~CloudDocs"), "iCloud"),
        (("My Drive", "course"), "Google Drive"),
        (("Nextcloud", "x"), "Nextcloud"),
    ],
)
def test_a_synced_folder_is_named_with_a_place_outside_of_it(parts: tuple[str, ...], service: str) -> None:
    finding = module.place(Path("/home/ana", *parts), {})
    _is_mended(finding, "warn")
    assert f"is synced by {service}" in finding.found


def test_a_folder_under_onedrive_of_another_name_is_known_by_its_variable() -> None:
    finding = module.place(Path("/home/ana/Firma/course"), {"OneDriveCommercial": "/home/ana/Firma"})
    assert "OneDrive" in finding.found


@pytest.mark.parametrize("name", ["Zoë's Größe & Co #1", "my work", "課程", "boxes", "a dropbox of letters", "100% 🎉"])
def test_spaces_accents_and_words_that_only_resemble_a_service_are_well(name: str) -> None:
    assert module.place(Path("/home/ana", name), {}).state == "ok"


def test_long_paths_on_windows_and_names_that_cannot_be_printed_are_warned_of() -> None:
    long = Path("/home", *["a" * 30] * 4)
    assert module.place(long, {}, windows=False).state == "ok"
    _is_mended(module.place(long, {}, windows=True), "warn")
    for name in ("work ", "work\n2", "work\udcff"):
        finding = module.place(Path("/home/ana", name), {}, windows=False)
        _is_mended(finding, "warn")
        finding.found.encode()


def test_little_disk_warns_and_no_disk_fails(tmp_path: Path) -> None:
    assert module.disk(tmp_path / "new" / "work").state == "ok"
    _is_mended(module.disk(tmp_path, 400_000_000), "warn")
    finding = module.disk(tmp_path, 3_000_000)
    _is_mended(finding, "fail")
    assert finding.found == "3 MB are free"


def test_a_machine_that_does_not_talk_to_itself_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.ports().state == "ok"

    def none(_wanted: int) -> int:
        raise Problem("No port is free.")

    assert module.ports(none, {}).mend == "No port is free."
    assert module.ports(none, {"JUPYTER_SERVER_URL": "http://x"}).state == "ok"
    in_use = module.ports(lambda _wanted: module.FIRST_PORT + 1, {})
    assert (in_use.state, in_use.found) == (
        "ok",
        "8889 is free, on this machine alone; 8888 is in use, as it is while the course is open",
    )

    def stopped(*_arguments: object, **_named: object) -> None:
        raise TimeoutError(errno.ETIMEDOUT, "timed out")

    monkeypatch.setattr(module.socket, "create_connection", stopped)
    _is_mended(module.ports(), "fail")


def test_a_proxy_that_catches_this_machine_is_warned_of_and_one_with_an_exception_is_not() -> None:
    assert module.proxy(dict, bool).state == "ok"
    company = {"http": "http://proxy.example:3128"}
    assert module.proxy(lambda: company, lambda _host: 1).state == "ok"
    finding = module.proxy(lambda: company, lambda host: host == "localhost")
    assert finding.state == "warn"
    assert "no exception for 127.0.0.1" in finding.found
    assert "NO_PROXY=localhost,127.0.0.1" in finding.mend


def test_the_course_goes_round_the_proxy_by_itself(tmp_path: Path) -> None:
    environment = start_module.lab_environment(tmp_path, "t", {"NO_PROXY": "intranet", "HTTP_PROXY": "http://p"})
    assert environment["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert environment["no_proxy"] == "localhost,127.0.0.1"


def test_without_a_browser_the_address_is_copied() -> None:
    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    _is_mended(module.browser(none), "warn")
    assert module.browser(lambda: object()).state == "ok"


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (SimpleNamespace(returncode=1, stdout="", stderr="a\nImportError: DLL load failed"), "DLL load failed"),
        (SimpleNamespace(returncode=0, stdout="", stderr=""), "it said nothing"),
        (SimpleNamespace(returncode=0, stdout="not json", stderr=""), "cannot be started"),
        (
            SimpleNamespace(returncode=0, stdout='{"status": "error", "said": "No module named duckdb"}', stderr=""),
            "duckdb",
        ),
        (subprocess.TimeoutExpired("python", 60), "gave no answer in 60 s"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
)
def test_a_kernel_that_does_not_start_fails_with_its_last_word(returned: Any, said: str) -> None:
    def run(*_arguments: object, **_named: object) -> Any:
        if isinstance(returned, Exception):
            raise returned
        return returned

    finding = module.kernel(run)
    _is_mended(finding, "fail")
    assert said in finding.found


def test_a_finding_that_fails_gives_one_and_a_warning_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "kernel", lambda: Finding("Kernel", "ok", "starts"))
    monkeypatch.setattr(module, "browser", lambda: Finding("Browser", "warn", "none", "copy the address."))
    assert doctor_command(tmp_path) == 0
    assert "! warn Browser: none\n           What to do: copy the address.\n" in capsys.readouterr().out
    monkeypatch.setattr(module, "python", lambda: Finding("Python", "fail", "3.9", "install a newer one."))
    assert doctor_command(tmp_path) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("✕ fail Python: 3.9\n")
    assert "1 of 9 stand in the way: Python. Mend the first" in shown


def test_an_old_console_gets_plain_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def printing(text: str, **_named: object) -> None:
        text.encode("cp850")
        said.append(text)

    monkeypatch.setattr("builtins.print", printing)
    module._say("✕ fail Folder: /home/zoë/課程")
    assert said == ["x fail Folder: /home/zo?/??"]


def test_bad_input_is_a_sentence_and_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    for arguments in ([str(tmp_path / "file")], ["a", "b"], ["--jsn"]):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)


def _handson(root: Path, folder: Path, *arguments: str, hidden: str = "") -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, in a Python that lacks the packages `hidden`."""
    (folder / "sitecustomize.py").write_text(
        "import sys\nclass Hidden:\n    def find_spec(self, name, path=None, target=None):\n"
        f"        if name in {hidden.split()!r}:\n"
        "            raise ModuleNotFoundError(f\"No module named '{name}'\", name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "grader.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
    )


def test_the_command_examines_this_machine_and_its_kernel(root: Path, tmp_path: Path) -> None:
    done = _handson(root, tmp_path, "doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert list(findings) == ["Python", "Packages", "Folder", "Place", "Disk", "Port", "Proxy", "Browser", "Kernel"]
    assert re.fullmatch(r"starts, with DuckDB \d+\.\d+\.\d+", findings["Kernel"]["found"])
    assert not (tmp_path / "my-work").exists()


def test_without_typer_the_doctor_still_works_and_any_other_command_sends_there(root: Path, tmp_path: Path) -> None:
    done = _handson(root, tmp_path, "start", hidden="typer")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "typer is not installed in this Python: `handson doctor` says how to mend it.\n"
    done = _handson(root, tmp_path, "doctor", "--jsn", hidden="typer")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_start_says_in_one_sentence_that_a_package_is_missing(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_module, "missing_packages", lambda: ["jupyterlab"])
    with pytest.raises(Problem, match=r"^jupyterlab is not installed in this Python: `handson doctor` says how"):
        start_module.start(tmp_path / "work", browser=False)


def test_an_old_python_is_told_so_by_the_first_import(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 6, "final", 0))
    code = compile((root / "grader" / "__init__.py").read_text(), "grader", "exec")
    with pytest.raises(ImportError, match=r"needs Python 3\.11 or newer, and this is 3\.9: install one"):
        exec(code, {})
