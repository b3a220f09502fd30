"""Makes the first admin key of a stage, the one that makes all others: `python -m infra.first_key [--always]`.

Runs as a process of its own, with the stage's settings in its environment, because the project's code reads them once. Prints the key,
or nothing when the stage has keys already and `--always` is not given.
"""

import sys
from time import time


def main() -> None:
    """Prints the new key's text on standard output."""
    from chalicelib.access import keys
    from chalicelib.access.model import Scope

    if "--always" not in sys.argv and keys.list_keys(1).items:
        return
    made = keys.create_api_key([Scope.ADMIN], by="deployment", at=int(time() * 1000), label="first admin key")
    print(made.text)


if __name__ == "__main__":
    main()
