"""Build the wheel, and print its size and its largest files.

python bench/wheel_size.py [--json] [--wheel FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

GOAL = 2e6
ROOT = Path(__file__).resolve().parents[1]


def build(folder: str) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--wheel", type=Path, help="look at this one instead of building one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or build(folder)
        size = wheel.stat().st_size
        with zipfile.ZipFile(wheel) as archive:
            members = sorted(archive.infolist(), key=lambda member: -member.compress_size)
    found = {"wheel": wheel.name, "bytes": size, "goal_bytes": int(GOAL), "met": size < GOAL}
    largest = [{"file": member.filename, "bytes_in_the_wheel": member.compress_size} for member in members[:10]]
    if options.json:
        print(json.dumps(found | {"largest": largest}, indent=1))
        return
    from nnfs.profiling import table

    print(table(("wheel", "bytes", "less than", "met"), [list(found.values())]))
    print(f"\nIts largest files:\n\n{table(('file', 'bytes in the wheel'), [list(one.values()) for one in largest])}")


if __name__ == "__main__":
    main()
