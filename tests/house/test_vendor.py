"""What others wrote is in the tree as they published it: each file listed with its sha256, and nothing beside the list."""

from __future__ import annotations

import hashlib
import tomllib

from conference.web.static import FOLDER

LIST = FOLDER / "vendor" / "vendor.toml"


def test_vendored_files_are_as_listed() -> None:
    listed = {
        name: digest for package in tomllib.loads(LIST.read_text())["package"] for name, digest in package["sha256"].items()
    }
    present = {path.relative_to(FOLDER).as_posix() for path in LIST.parent.rglob("*") if path.is_file() and path != LIST}
    assert present <= listed.keys()
    assert {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in listed} == listed


def test_every_package_says_where_it_is_from_and_on_which_terms() -> None:
    for package in tomllib.loads(LIST.read_text())["package"]:
        assert package["name"]
        assert package["version"]
        assert package["licence"]
        assert any(name.endswith("LICENSE") for name in package["sha256"]), package["name"]
