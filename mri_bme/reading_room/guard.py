"""What every request must be before anything looks at it, and what every answer says.

A page of another site that a reader has open can send requests to this machine. It can have
its own name resolve to this machine (DNS rebinding), but not claim this room's name in `Host`;
and it cannot hide where it comes from in `Origin`. Both are asked for here, before cookies are.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 4_000_000  # a stroke on every voxel of a large slice is far smaller
SAFE_METHODS = frozenset({"GET", "HEAD"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Sent with every answer: pages run this server's scripts only and talk to it only, and nothing
that was seen stays in a cache."""


class Guard:
    """Refuses requests for other hosts, from other sites, and of too many bytes.

    Parameters
    ----------
    app : ASGI application
    hosts : iterable of str
        Names with ports under which the room is called, as in ``127.0.0.1:8642``.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app, self._hosts = app, frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets here
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        reason = self._reason_against(scope["method"], headers)
        if reason:
            await _answer(403, reason)(scope, receive, with_headers)
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            await _answer(413, "too much was sent at once")(scope, receive, with_headers)
            return
        await self._app(scope, _limited(receive), with_headers)

    def _reason_against(self, method: str, headers: Headers) -> str:
        if headers.get("host", "").lower() not in self._hosts:
            return "this reading room is not called by that name; use the link that it printed"
        if method in SAFE_METHODS:
            return ""
        origin = headers.get("origin", "")
        if origin.lower() not in {f"http://{host}" for host in self._hosts}:
            return "a page of another site cannot change a reading"
        return ""


def _answer(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status_code=status)


class TooMuch(Exception):
    """A body that is longer than it said, or did not say how long it is."""


def _limited(receive: Receive) -> Receive:
    """Stop reading a body that does not say how long it is."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise TooMuch
        return message

    return limited
