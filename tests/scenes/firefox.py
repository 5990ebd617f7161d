"""Firefox without a screen, told what to do by the protocol that it speaks itself (BiDi)."""

import base64
import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import websocket
from PIL import Image

WIDTH, HEIGHT = 1000, 900
ANSWER_S = 60


class Firefox:
    """One page of a running Firefox."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(
            f"{address}/session", suppress_origin=True, timeout=ANSWER_S
        )
        self._numbers = itertools.count(1)
        self.call("session.new", capabilities={})
        self._page = self.call("browsingContext.getTree")["contexts"][0]["context"]
        size = {"width": WIDTH, "height": HEIGHT}
        self.call("browsingContext.setViewport", context=self._page, viewport=size)

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, path: Path) -> None:
        self.call(
            "browsingContext.navigate", context=self._page, url=path.as_uri(), wait="complete"
        )

    def asked(self, expression: str) -> Any:
        """Evaluate an expression, or wait for a promise; plain values come back."""
        found = self.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self._page},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        told = found["result"].get("value")
        return None if told is None else json.loads(told)

    def wait_for(self, condition: str) -> None:
        self.asked(
            f"new Promise((go) => {{ const look = () => ({condition}) ? go(true) "
            ": setTimeout(look, 20); look(); })"
        )

    def act(self, kind: str, *actions: dict[str, Any]) -> None:
        """Move the mouse, turn the wheel or press keys, as a hand would."""
        self.call(
            "input.performActions",
            context=self._page,
            actions=[{"type": kind, "id": kind, "actions": list(actions)}],
        )

    def screen(self) -> np.ndarray:
        shot = self.call("browsingContext.captureScreenshot", context=self._page)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("L"))

    def close(self) -> None:
        self.call("browser.close")
        self._socket.close()


@contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    """Run Firefox with an empty profile; skip where there is none."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("no Firefox here (Debian: apt-get install firefox-esr)")
    profile.mkdir()
    words = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0")
    with subprocess.Popen(
        [program, *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        told = (re.search(r"BiDi listening on (ws://\S+)", line) for line in process.stderr)
        running = Firefox(next(found.group(1) for found in told if found))
        try:
            yield running
        finally:
            running.close()
            process.communicate(timeout=ANSWER_S)
