"""Measures and prints; `--write` puts the tables into docs/performance.md.

make bench
python -m tests.bench --only cpu --write
"""

import os

from tests.support.environment import TEST_ENVIRONMENT, UNWANTED

for _name in UNWANTED:
    os.environ.pop(_name, None)
os.environ.update(TEST_ENVIRONMENT)

from tests.bench.command import main  # noqa: E402 - the code reads its environment when it is imported

if __name__ == "__main__":
    main()
