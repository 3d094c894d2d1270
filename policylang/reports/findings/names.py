"""Names of files as other programs want them: relative, with `/`, and nothing in them that means something else."""

from pathlib import PurePosixPath, PureWindowsPath

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def path_of(name: str, root: str) -> str:
    """A file relative to the folder it is named from, where it lies in it."""
    path = PureWindowsPath(name).as_posix() if "\\" in name and "/" not in name else name
    pure = PurePosixPath(path)
    if root and pure.is_absolute() and pure.is_relative_to(root):
        pure = pure.relative_to(root)
    return str(pure)


def uri_of(name: str, root: str) -> str:
    """The reference to a file in RFC 3986: relative where it can be."""
    if name.startswith("policylang:"):
        return "policylang:" + _quoted(name.removeprefix("policylang:"))
    path = path_of(name, root)
    return f"file://{_quoted(path)}" if path.startswith("/") else _quoted(path)


def _quoted(path: str) -> str:
    raw = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)
