"""A supervisor over stand-in parts, run by the tests as a process: `python -m tests.processes.stand_in FOLDER [PART ...]`.
It waits PATIENCE seconds for parts that are to end.

Each start of a part adds a line with its process id to FOLDER/NAME. Parts: plain (ends on SIGTERM), stubborn (ignores it),
family (has a child of its own), web (answers on FOLDER/port with its process id).
"""

import asyncio
import os
import sys
from pathlib import Path

from conference.base.log import configure_logging
from conference.supervisor.parts import Part
from conference.supervisor.ports import listen
from conference.supervisor.run import Supervisor

PATIENCE = 1.5
TELL = """
import os, pathlib, signal, subprocess, sys, time
def tell(name): open(pathlib.Path(sys.argv[1]) / name, "a").write(f"{os.getpid()}\\n")
"""
PROGRAMS = {
    "plain": 'tell("plain"); time.sleep(600)',
    "stubborn": 'signal.signal(signal.SIGTERM, signal.SIG_IGN); tell("stubborn"); time.sleep(600)',
    "family": (
        'subprocess.Popen([sys.executable, "-c", "import os, sys, time; '
        "open(sys.argv[1], 'a').write(str(os.getpid()) + chr(10)); time.sleep(600)\", sys.argv[1] + '/grandchild']); "
        'tell("family"); time.sleep(600)'
    ),
    "web": (
        "import socket\n"
        "listener = socket.socket(fileno=int(sys.argv[2])); time.sleep(0.5); tell('web')\n"
        "while True:\n"
        "    connection, _ = listener.accept(); connection.sendall(str(os.getpid()).encode()); connection.close()"
    ),
}


def main(folder: Path, names: list[str]) -> None:
    configure_logging("text", "serve")
    with listen("127.0.0.1", 0) as listener:
        (folder / "port").write_text(str(listener.getsockname()[1]))
        parts = []
        for name in names:
            argv = (sys.executable, "-c", TELL + PROGRAMS[name], str(folder), str(listener.fileno()))
            parts.append(Part(name, argv, (listener.fileno(),)))
        asyncio.run(Supervisor(parts, os.environ, patience=PATIENCE).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
