"""Files put in a folder together: all of them, or none."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path


def taken(folder: Path, names: Mapping[str, str]) -> list[str]:
    """Which of these files are there already, or cannot be because a file stands where a folder is wanted; sorted."""
    found = set()
    for name in names:
        path = folder / name
        if os.path.lexists(path):
            found.add(name)
        for above in list(path.parents)[: len(Path(name).parts) - 1]:
            if os.path.lexists(above) and (above.is_symlink() or not above.is_dir()):
                found.add(above.relative_to(folder).as_posix())
    return sorted(found)


def standing(folder: Path, names: Mapping[str, str]) -> list[str]:
    """What no file may take the place of, not even by force: a folder where one belongs, a link above one; sorted."""
    found = {name for name in names if (folder / name).is_dir() and not (folder / name).is_symlink()}
    return sorted(found | {name for name in taken(folder, names) if name not in names})


@contextlib.contextmanager
def staged(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder of its own that holds these files, and is gone afterwards. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="policyc-") as folder:
        _write(Path(folder), files)
        yield Path(folder)


def place(folder: Path, files: Mapping[str, str]) -> None:
    """Write every file, in place of one that is there; or none, and everything is as it was. Raises OSError.

    They are written in full beside where they belong, on the same disk, and then moved there one by one.
    """
    made = _folders(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".policyc-", dir=folder) as aside:
            new, old = Path(aside, "new"), Path(aside, "old")
            _write(new, files)
            _exchange(folder, files, new, old)
    except BaseException:
        _remove(made)
        raise


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))


def _exchange(folder: Path, files: Mapping[str, str], new: Path, old: Path) -> None:
    """Move what is there aside and the new files there; back again when one of them cannot be moved."""
    moved: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for name in files:
            path, kept = folder / name, old / name
            made += _folders(path.parent)
            if os.path.lexists(path):
                kept.parent.mkdir(parents=True, exist_ok=True)
                path.rename(kept)
                moved.append((kept, path))
            (new / name).rename(path)
            moved.append((path, new / name))
    except BaseException:
        for source, target in reversed(moved):
            source.rename(target)
        _remove(made)
        raise


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; the result is those that were not there, the highest first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        with contextlib.suppress(OSError):
            shutil.rmtree(path)
