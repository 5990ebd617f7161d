"""A reading room in this process, and the reader of the lab's study who uses it in a browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.benchmark.study.browser import OpenRoom, Reader, served
from mri_bme.reading_room.links import room_key
from mri_bme.reading_room.serve import links
from mri_bme.readings.task import Task

CORRECTING = Task()
__all__ = ["OpenRoom", "Reader", "served", "served_here"]


@contextmanager
def served_here(out: Path, task: Task = CORRECTING) -> Iterator[OpenRoom]:
    """Open a room in a thread of this process, which starts faster."""
    import uvicorn  # noqa: PLC0415  an extra

    from mri_bme.reading_room.app import make_app  # noqa: PLC0415
    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    key = room_key(out)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before the server is ready waits
        port = listener.getsockname()[1]
        room = Room(out, task, key=key)
        app = make_app(room, hosts=[f"127.0.0.1:{port}"])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        lines = links(room.readers, host="127.0.0.1", port=port, days=1, key=key)
        try:
            yield OpenRoom(dict(line.split(": ", 1) for line in lines))
        finally:
            server.should_exit = True
            thread.join(timeout=20)
