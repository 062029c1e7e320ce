"""`make soak`: 1,000 letters to a real mail server while the worker is killed at random moments.

    python -m tests.load.soak_letters [--letters 1000] [--kills 20] [--seed N]

No letter may arrive twice and none may be lost: each is known to be taken, or is listed as uncertain. Prints a report, writes
reports/soak_letters.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.mailing.killing import letters_under_kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--database-url", default="")
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            letters_under_kills(
                Path(folder), asked.letters, asked.kills, asked.seed, database_url=asked.database_url, longest=1.2
            )
        )
    report = {"seed": asked.seed, "seconds": round(time.monotonic() - begun, 1), **asdict(outcome)}
    reports = Path("reports")
    reports.mkdir(exist_ok=True)
    (reports / "soak_letters.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.stdout.write(json.dumps(report) + "\n")
    whole = outcome.sent + outcome.uncertain == outcome.letters
    return 1 if outcome.twice or outcome.lost or not whole or outcome.uncertain > outcome.kills else 0


if __name__ == "__main__":
    sys.exit(main())
