"""The web server: waitress, its addresses, and its end."""

from __future__ import annotations

import errno
import gc
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import waitress

from fieldapp.app import create_app
from fieldapp.clock import Clock, system_clock
from fieldapp.config import Config
from fieldapp.errors import Refusal, say, why
from fieldapp.keeping.daily import DailyBackup

# The app refuses what is too large itself, in words; below this the server lets it.
LARGEST_BODY_BYTES = 128 * 2**20
TURN_S = 0.0005
"""How long a thread computes before others get their turn. Whoever writes gives its turn away at every statement and
holds up all other writers meanwhile: at Python's own 5 ms four phones at once waited three times as long."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  recognised, not chosen


@contextmanager
def listening(config: Config, host: str, port: int, threads: int, clock: Clock = system_clock) -> Iterator[Any]:
    """A server that holds its port and answers once `run()` is called; closed at the end.

    port: 0 takes a free one. Raises Refusal not_initialised, port_in_use, address_unusable.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    must_be_free(host, port)  # waitress leaves its half-made parts behind when it cannot bind
    app = create_app(config, clock)
    try:
        server = waitress.create_server(
            app, host=host, port=port, threads=threads, ident=None, connection_limit=500,
            max_request_body_size=max(LARGEST_BODY_BYTES, 2 * config.upload_bytes),
            # waitress would take away what ProxyFix is told to believe
            clear_untrusted_proxy_headers=config.proxies == 0,
        )  # fmt: skip
    except (OSError, ValueError) as problem:
        raise _refusal(problem, host, port) from None
    daily = app.extensions["fieldapp_daily"] = DailyBackup(config, clock)
    daily.start()
    try:
        yield server
    finally:
        daily.stop()
        server.close()
        app.extensions["fieldapp_open"].close()


def must_be_free(host: str, port: int) -> None:
    """Raises Refusal port_in_use, address_unusable, before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, ValueError) as problem:
        raise _refusal(problem, host, port) from None


def _refusal(problem: OSError | ValueError, host: str, port: int) -> Refusal:
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
        return Refusal("port_in_use", port=port)
    reason = why(problem) if isinstance(problem, OSError) else problem
    return Refusal("address_unusable", host=host, port=port, reason=reason)


def run(server: Any) -> None:
    """Answer until Ctrl+C or SIGTERM; what is being answered is finished first."""
    sys.setswitchinterval(TURN_S)
    gc.freeze()  # what is loaded stays: looking through it for garbage would hold up everybody
    for number in (signal.SIGINT, signal.SIGTERM):  # a server started in the background inherits Ctrl+C ignored
        signal.signal(number, _interrupt)
    server.run()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def addresses(server: Any, host: str) -> list[str]:
    """The office's address first: what a browser is to be given."""
    port = server.effective_port if hasattr(server, "effective_port") else server.effective_listen[0][1]
    hosts = ["127.0.0.1", *_own_addresses()] if host in EVERYWHERE else [host]
    return [f"http://{f'[{name}]' if ':' in name else name}:{port}/" for name in hosts]


def notice(host: str, *, behind_a_proxy: bool) -> str:
    """One line about HTTPS where phones cannot do without; '' where they can."""
    if behind_a_proxy or _is_local(host):
        return ""
    return say(
        "Điện thoại cần địa chỉ HTTPS mới làm việc được khi mất mạng; đặt máy chủ sau một proxy HTTPS (xem README).",
        "Phones need an HTTPS address to work offline; put the server behind an HTTPS proxy (see the README).",
    )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_addresses() -> list[str]:
    """The address that the office network knows this machine by; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [probe.getsockname()[0]]
