"""What every test may rely on: no network, the same random cases each time, and pages that `--accept` rewrites."""

import ipaddress
import os
import socket
import sys
from collections.abc import Callable

import pytest
from hypothesis import settings

settings.register_profile("suite", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --accept` writes what the pages in tests/cases expect; the author reads that diff line by line."""
    parser.addoption("--accept", action="store_true", help="rewrite what the pages in tests/cases expect")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether a page whose expectation differs is to be rewritten."""
    return bool(request.config.getoption("--accept"))


def no_network(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what would leave this machine: an audit hook, so that no library can go round it."""
    stays = GUARDED.get(event)
    if stays is not None and not stays(arguments):
        raise RuntimeError(f"a test used the network: {event} {arguments}")


def _address_stays(arguments: tuple[object, ...]) -> bool:
    end, address = arguments[0], arguments[1]
    if isinstance(end, socket.socket) and end.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return isinstance(address, tuple) and _host_stays(address)


def _host_stays(arguments: tuple[object, ...]) -> bool:
    host = arguments[0].decode() if isinstance(arguments[0], bytes) else str(arguments[0] or "localhost")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


GUARDED: dict[str, Callable[[tuple[object, ...]], bool]] = {
    "socket.connect": _address_stays,
    "socket.sendto": _address_stays,
    "socket.getaddrinfo": _host_stays,
    "socket.gethostbyname": _host_stays,
    "socket.gethostbyaddr": _host_stays,
}

sys.addaudithook(no_network)
