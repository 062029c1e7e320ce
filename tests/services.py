"""Real servers for the tests, as plain functions and as fixtures: PostgreSQL (Debian's) and OpenStack Swift's S3 server;
and what finds faults of access in their pages.

Each server belongs to the test run that started it: free ports of the loopback, a temporary folder, killed at the end
and also when the run itself is killed. What this machine lacks is skipped with the reason; under CI=true it fails.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest

from tests.npm import CACHE

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
SWIFT_VERSION = "2.38.3"
SWIFT_REQUIREMENTS = (f"swift=={SWIFT_VERSION}", "keystonemiddleware==13.0.1", "setuptools<81")
START_SECONDS = 60


class Missing(Exception):
    """This machine cannot run such a server, and why."""


def skip_or_fail(reason: str) -> None:
    """Skip this test with a reason; fail it under CI=true, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def axe_core() -> str:
    """The script that finds faults of access in a page."""
    from tests.browser.axe import source

    try:
        return source()
    except FileNotFoundError as missing:
        skip_or_fail(str(missing))
        raise


def free_ports(number: int = 1) -> list[int]:
    """Ports of 127.0.0.1 that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextmanager
def child(
    argv: list[str], log: Path, *, user: str | None = None, stop: int = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process in a session of its own, killed with its children at the end or when this process dies."""
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "KILL" if stop == signal.SIGTERM else signal.Signals(stop).name[3:]] if setpriv else []
    if setpriv and user is not None:
        prefix += ["--reuid", user, "--regid", user, "--init-groups"]
    with log.open("ab") as out:
        process = subprocess.Popen([*prefix, *argv], stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        for sign in (signal.SIGCONT, stop):
            _signal_group(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        _signal_group(process.pid, signal.SIGKILL)
        process.wait(10)


def _signal_group(group: int, sign: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, sign)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until somebody listens there. Raises RuntimeError with the end of the log when the process ends or takes too long."""
    pause = Event()
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.05)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-2000:]}")


# --- PostgreSQL


@dataclass
class Postgres:
    """A private cluster. Every database in it is called test_N and belongs to `postgres`, who needs no password here."""

    port: int
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """A fresh, empty database: its URL."""
        name = f"test_{next(self._numbers)}"
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        self.sql(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run it as the superuser in a process of its own; what it prints."""
        psql = [str(POSTGRES_BIN / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        return subprocess.run(psql, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """PostgreSQL 15 with the UTF-8 defaults of Debian and without fsync. Raises Missing."""
    if not (POSTGRES_BIN / "initdb").exists():
        raise Missing(f"PostgreSQL 15 is not installed ({POSTGRES_BIN})")
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None and shutil.which("setpriv") is None:
        raise Missing("PostgreSQL does not run as root, and setpriv is not installed")
    folder = Path(tempfile.mkdtemp(prefix="meetingpoint-postgres-"))
    try:
        if user is not None:
            shutil.chown(folder, user, user)
        log, (port,) = folder.parent / f"{folder.name}.log", free_ports()
        initdb = [
            str(POSTGRES_BIN / "initdb"),
            "-D",
            str(folder / "data"),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        with child(initdb, log, user=user) as making:
            if making.wait(START_SECONDS):
                raise RuntimeError(f"initdb failed:\n{log.read_text(errors='replace')[-2000:]}")
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
            "max_connections": 200,
        }
        argv = [str(POSTGRES_BIN / "postgres"), "-D", str(folder / "data")]
        argv += [text for name, value in options.items() for text in ("-c", f"{name}={value}")]
        with child(argv, log, user=user, stop=signal.SIGQUIT) as process:
            wait_for_port(port, process, log)
            server = Postgres(port, process)
            until = time.monotonic() + START_SECONDS
            while subprocess.run([str(POSTGRES_BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode:
                if time.monotonic() > until:
                    raise RuntimeError("PostgreSQL listens, but does not get ready")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        Path(f"{folder}.log").unlink(missing_ok=True)


# --- Swift


@dataclass
class Swift:
    """Four processes: object, container, account and proxy server. Speaks S3 with one account."""

    port: int
    processes: list[subprocess.Popen[bytes]]
    access_key: str = "test:tester"
    secret_key: str = "testing"
    region: str = "us-east-1"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def storage_url(self, bucket: str) -> str:
        return f"s3://{bucket}?endpoint={quote(self.endpoint, safe='')}&region={self.region}"

    def create_bucket(self, bucket: str) -> None:
        import boto3

        client = boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )
        client.create_bucket(Bucket=bucket)
        client.close()

    def stall(self) -> None:
        """The proxy server takes connections and never answers."""
        os.killpg(self.processes[-1].pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.processes[-1].pid, signal.SIGCONT)


@contextmanager
def swift_server() -> Iterator[Swift]:
    """OpenStack Swift with s3api out of an environment of its own, which is made on first use. Raises Missing."""
    environment = _swift_environment()
    folder = Path(tempfile.mkdtemp(prefix="meetingpoint-swift-"))
    try:
        names = ("object", "container", "account", "proxy")
        ports = dict(zip(names, free_ports(4), strict=True))
        _write_swift(folder, ports)
        rings = [f"{folder / name}.ring.gz={ports[name]}" for name in names[:3]]
        subprocess.run(
            [str(environment / "bin/python"), "-c", _RINGS, *rings], check=True, capture_output=True, timeout=START_SECONDS
        )
        with ExitStack() as stack:
            processes = []
            for name in names:
                argv = [str(environment / f"bin/swift-{name}-server"), str(folder / f"{name}.conf"), "-v"]
                processes.append(stack.enter_context(child(argv, folder / f"{name}.log")))
            for name, process in zip(names, processes, strict=True):
                wait_for_port(ports[name], process, folder / f"{name}.log")
            yield Swift(ports["proxy"], processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swift_environment() -> Path:
    """The virtual environment with Swift, shared by all runs on this machine."""
    environment = CACHE / f"swift-{SWIFT_VERSION}"
    ready = environment / "ready"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "swift.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            try:
                venv.create(environment, clear=True, with_pip=True)
                pip = [str(environment / "bin/pip"), "install", "-q", *SWIFT_REQUIREMENTS]
                subprocess.run(pip, check=True, capture_output=True, text=True, timeout=300)
            except (OSError, subprocess.SubprocessError) as error:
                reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
                raise Missing(f"OpenStack Swift could not be installed: {reason}") from error
            ready.touch()
    return environment


def _write_swift(folder: Path, ports: dict[str, int]) -> None:
    (folder / "devices/d1").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\nswift_hash_path_prefix = tests\n")
    for name, port in ports.items():
        common = (
            f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = {getpass.getuser()}\nswift_dir = {folder}\n"
        )
        rest = _PROXY if name == "proxy" else _STORAGE.format(folder=folder, name=name)
        (folder / f"{name}.conf").write_text(common + rest)


# What swift-ring-builder does, for all three in one process.
_RINGS = """
import sys
from swift.common.ring import RingBuilder
for path, port in (each.rsplit("=", 1) for each in sys.argv[1:]):
    builder = RingBuilder(2, 1, 1)
    place = {"ip": "127.0.0.1", "port": int(port), "replication_ip": "127.0.0.1", "replication_port": int(port)}
    builder.add_dev({"region": 1, "zone": 1, "weight": 1.0, "device": "d1", "meta": "", **place})
    builder.rebalance()
    builder.get_ring().save(path)
"""
_STORAGE = """
devices = {folder}/devices
mount_check = false
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
_PROXY = """
[pipeline:main]
pipeline = catch_errors proxy-logging cache listing_formats bulk s3api tempauth copy slo dlo proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
cors_allow_origin = *
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin .reseller_admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
cors_preflight_allow_origin = *
[filter:cache]
use = egg:swift#memcache
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


# --- Fixtures


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this run."""
    try:
        with postgres_server() as server:
            yield server
    except Missing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(scope="session")
def swift() -> Iterator[Swift]:
    """The S3 server of this run. A test that stalls it resumes it."""
    try:
        with swift_server() as server:
            yield server
    except Missing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database of each kind: a test that uses this runs on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)
