"""Write the company's data: `python datasets/build.py --seed 7 --out DIR`."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from company import TABLES, build


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, write the files, print one line a file. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the tables of Kestrel & Vale for one seed.")
    parser.add_argument("--seed", type=int, default=7, help="a whole number, zero or more: another seed, other numbers")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to; it is made if missing")
    parser.add_argument("--tables", nargs="*", metavar="TABLE", help=f"only these, of: {', '.join(TABLES)}")
    options = parser.parse_args(arguments)
    try:
        written = build(options.seed, options.out, options.tables)
    except (ValueError, OSError) as problem:
        print(f"build.py: {problem}", file=sys.stderr)
        return 2
    for path in written:
        print(f"{path.stat().st_size:>9,}  {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
