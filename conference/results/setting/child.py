"""Sets one sheet in a process of its own: `python -I -S child.py FOLDER`, a job as JSON on its standard input.

A job: {"template": path of a .typ file, "fonts": folder, "format": "pdf" or "png", "ppi", "made": seconds since 1970,
"seconds" and "memory" (bytes) that it may use, "sheet": {...}}.
It writes one line of JSON, {"sizes": [bytes of each file], "pages": n} or {"broken": why}, then the files one after the other.
A text that needs too much memory or time breaks this process alone. It imports nothing of the platform, and it only reads: the
template and fonts are the program's own, and what people wrote comes as data that Typst never takes for markup.

FOLDER holds the typst package: Python's own search for packages (-S leaves it out) would take a sixth of the time of a sheet.
"""

from __future__ import annotations

import json
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_FILES = 64
LARGEST = 30 * 1024**2


def main() -> None:
    """Do the one job and say what came of it."""
    job = json.loads(sys.stdin.buffer.read())
    files: list[bytes] = []
    sys.path.append(sys.argv[1])
    try:
        import typst

        limit(job["seconds"], job["memory"])
        try:
            files, pages = set_by(typst, job)
            said: dict[str, Any] = {"sizes": [len(file) for file in files], "pages": pages}
        except typst.TypstError as error:
            said = {"broken": error.message}
        if sum(map(len, files)) > LARGEST:
            files, said = [], {"broken": "too large"}
    except ImportError as error:
        said = {"missing": error.name}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + b"".join(files))
    sys.stdout.buffer.flush()
    # Nothing is left to do; taking Typst's caches down piece by piece would take as long as setting.
    os._exit(0)


def set_by(typst: Any, job: dict[str, Any]) -> tuple[list[bytes], int]:
    """The files, and how many pages they have together. Only the shipped fonts are looked at."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    compiler = typst.Compiler(
        input=job["template"],
        root=os.path.dirname(job["template"]),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(job["sheet"], ensure_ascii=False)},
        package_path="/nonexistent",
        package_cache_path="/nonexistent",
    )
    if job["format"] == "png":
        made = compiler.compile(format="png", ppi=job["ppi"])
        pictures = made if isinstance(made, list) else [made]
        return pictures, len(pictures)
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=job["made"])
    # The document is laid out already: this only reads what the template says of itself.
    return [made], int(json.loads(compiler.query("<pages>", field="value", one=True)))


def limit(seconds: int, memory: int) -> None:
    """After the imports: memory and time of this process; no file may be written, nothing else be started."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_CPU: seconds, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for what, most in {**limits, resource.RLIMIT_NOFILE: MOST_FILES}.items():
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
