"""A repair of cold starts: the package is unpacked once, not for each process that runs a lambda.

The pinned version unpacks it (20 MB in 900 files) for every worker, and removes every copy at the end; ten workers that start at once keep
the disk busy for seconds. In AWS the code folder is read-only, so that workers share one changes nothing for them.
"""

import tempfile
import threading
import zipfile
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

_lock: Final = threading.Lock()
_folders: Final[dict[str, Path]] = {}


class SharedZip(zipfile.ZipFile):
    """An archive that is unpacked once for all who want it: each gets a link to the one folder. Raises BadZipFile for no archive."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Puts the link in place of the empty folder `path`; unpacks there what is only a part, or protected."""
        if path is None or members is not None or pwd is not None:
            super().extractall(path, members, pwd)
            return
        target = Path(path)
        target.rmdir()
        target.symlink_to(self._folder(), target_is_directory=True)

    def _folder(self) -> Path:
        name = sha256(repr([(one.filename, one.CRC) for one in self.infolist()]).encode()).hexdigest()
        with _lock:
            if name not in _folders:
                folder = Path(tempfile.mkdtemp(prefix="code-"))  # the emulator's own folder, which goes with it
                super().extractall(folder)
                _folders[name] = folder
            return _folders[name]


def repair() -> None:
    """Puts the repair in place. Raises RuntimeError when this version unpacks in another way."""
    from ministack.core import lambda_runtime

    if getattr(lambda_runtime, "zipfile", None) is not zipfile:
        raise RuntimeError("this version of ministack unpacks the code of lambdas in another way")
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedZip})
