"""The version of the system."""

from typing import Final

VERSION: Final = "0.1.0"
