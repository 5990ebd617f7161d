"""Open the room: one process, one port, on this machine unless told otherwise."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mri_bme.batch.lock import holding
from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.extras import needing
from mri_bme.files import remove_unfinished
from mri_bme.reading_room.links import DAY_S, room_key, signed_pass
from mri_bme.readings.kept_task import keep_task
from mri_bme.readings.shelf import READINGS_FOLDER
from mri_bme.readings.task import MANAGER, Task

LOOPBACK = "127.0.0.1"
LOCK_NAME = ".lock-room"


def check_installed() -> None:
    """Raise `InvalidSettings` where the libraries of the server are missing."""
    with needing("read"):
        import starlette  # noqa: F401, PLC0415  extras, needed only here
        import uvicorn  # noqa: F401, PLC0415


def open_room(
    out: Path,
    task: Task,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    days: float = 30,
    is_study: bool = False,
    tell: Callable[[str], None],
) -> None:
    """Serve a reading room until it is stopped.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote.
    task : Task
        Who reads what.
    host : str
        Address to listen on; the default answers this machine only.
    port : int
        Port; 0 takes a free one.
    days : float
        How long links are good for.
    is_study : bool
        Whether the task is kept beside the readings, unless it is practice: its limits say later
        on whether they agree.
    tell : callable
        Given the link of each reader, a line each.

    Raises
    ------
    InvalidSettings
        If the libraries are missing or the address is none.
    OutputRefused
        If another room serves this folder, or the port is taken.
    NothingUsable
        If there is nothing to read.
    """
    check_installed()
    import uvicorn  # noqa: PLC0415

    from mri_bme.reading_room.app import make_app  # noqa: PLC0415
    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    with holding(out / READINGS_FOLDER, LOCK_NAME), _listening(host, port) as listener:
        remove_unfinished(out / READINGS_FOLDER, below=True)  # of a room that was killed
        taken = int(listener.getsockname()[1])
        key = room_key(out)
        room = Room(out, task, key=key)
        if is_study and not task.calibration:  # practice is no study
            keep_task(out, task)
        for line in links((*room.readers, MANAGER), host=host, port=taken, days=days, key=key):
            tell(line)
        app = make_app(room, hosts=_names(host, taken))
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, ws="none", lifespan="off"
        )
        room.look_ahead_for_all()
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            room.ahead.close()


def links(
    readers: tuple[str, ...], *, host: str, port: int, days: float, key: bytes
) -> Iterator[str]:
    """Give a line with the link of each reader."""
    until_s = time.time() + days * DAY_S
    shown = LOOPBACK if _is_everywhere(host) else host
    for reader in readers:
        text = signed_pass(reader, until_s=until_s, key=key)
        yield f"{reader}: http://{_in_url(shown)}:{port}/enter?link={text}"


def _names(host: str, port: int) -> list[str]:
    """Names by which the room may be called."""
    names = {host} if not _is_everywhere(host) else {socket.gethostname(), LOOPBACK}
    if _is_everywhere(host) or host in (LOOPBACK, "localhost", "::1"):
        names |= {LOOPBACK, "localhost", "::1"}
    return [f"{_in_url(name)}:{port}" for name in names]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # who follows a link at once waits until the room is open
        except socket.gaierror as error:
            raise InvalidSettings(f"--host {host} is no address of this machine") from error
        except OSError as error:
            raise OutputRefused(
                f"port {port} cannot be used ({error.strerror}); choose another --port"
            ) from error
        yield listener
