"""Addresses of the room, and who may ask for what."""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mri_bme.errors import InvalidVoxels, MriBmeError, UnreadableInput
from mri_bme.reading_room import sent, told
from mri_bme.reading_room.acts import do
from mri_bme.reading_room.guard import Guard, TooMuch
from mri_bme.reading_room.links import LinkRefused, form_token, reader_of_pass
from mri_bme.reading_room.manage import POLICY, ManagersPage
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.reading_room.room import NoSuchCase, Room
from mri_bme.readings.reading import Signed
from mri_bme.readings.shelf import Outrun
from mri_bme.readings.task import MANAGER
from mri_bme.report.viewer.script import VIEWER

STATIC = Path(__file__).parent / "static"
SHARED = ("outline.js", "raster.js")
"""Modules of the pages' viewer that draw slices and outlines here too."""
PAGES = (
    {"": STATIC / "room.html"}
    | {path.name: path for path in STATIC.iterdir() if path.suffix != ".html"}
    | {name: VIEWER / name for name in SHARED}
)
"""Every file that is served, by its name: nothing else on the disk can be asked for."""
FORM_TOKEN = "x-reading-room"  # noqa: S105  name of a header

STATUS_OF: dict[type[MriBmeError], int] = {
    LinkRefused: 403,
    NoSuchCase: 404,
    Outrun: 409,
    Signed: 423,
    UnreadableInput: 422,
    InvalidVoxels: 422,
}
"""HTTP status of what is refused; anything else is a disk that does not take it (507)."""

LOG = logging.getLogger(__name__)
UNREAD = "this case cannot be read; whoever runs the reading room is told why"

Answer = Callable[[Request], Awaitable[Response]]


def make_app(room: Room, *, hosts: Iterable[str]) -> ASGIApp:
    """Make the web application of a room.

    Parameters
    ----------
    room : Room
        Whose cases are read.
    hosts : iterable of str
        Names with ports under which the room may be called.
    """
    answers = _Answers(room)
    guarded = partial(_guarded, is_blind=room.task.is_blind)
    routes = [
        Route("/enter", answers.enter),
        Route("/agreement", _guarded(answers.agreement)),
        Route("/api/me", guarded(answers.me)),
        Route("/api/case/{code}", guarded(answers.case)),
        Route("/api/case/{code}/volume/{place:int}", guarded(answers.volume)),
        Route("/api/case/{code}/marrow/{place:int}", guarded(answers.marrow)),
        Route("/api/case/{code}/t1/{place:int}", guarded(answers.t1)),
        Route("/api/case/{code}/reference/{place:int}", guarded(answers.reference)),
        Route("/api/case/{code}/numbers", guarded(answers.numbers)),
        Route("/api/case/{code}/act", guarded(answers.act), methods=["POST"]),
        Route("/{name}", answers.page),
        Route("/", answers.page),
    ]
    return Guard(_Answering(Starlette(routes=routes), room), hosts)


class _Answering:
    """Lets what is made ready in the background stand still while anything is answered."""

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app, self._ahead = app, room.ahead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._ahead.answering():
            await self._app(scope, receive, send)


def _guarded(answer: Answer, *, is_blind: bool = False) -> Answer:
    """Turn what is refused into an answer in words; nothing of this machine is told.

    What is wrong with a file names the subject and the visit: a blind reader is not told.
    """

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except TooMuch:
            return JSONResponse({"error": "too much was sent at once"}, status_code=413)
        except MriBmeError as error:
            status = next(
                (code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 507
            )
            if is_blind and isinstance(error, UnreadableInput) and status == 422:
                LOG.error("%s", error)
                return _refused(status, UnreadableInput(UNREAD))
            return _refused(status, error)

    return guarded


def _refused(status: int, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status)


class _Answers:
    """What each address answers."""

    def __init__(self, room: Room) -> None:
        self._room, self._manager = room, ManagersPage(room)
        # two rooms on one machine share cookies, which know no ports
        self._cookie = f"reading_room_{form_token('cookie', key=room.key)[:8]}"

    async def enter(self, request: Request) -> Response:
        """Let a reader in by their link; the address does not stay in view."""
        text = request.query_params.get("link", "")
        try:
            is_manager = self._code_of(text) == MANAGER
            if not is_manager:
                self._reader_of(text)
        except LinkRefused as error:
            return _refused(403, error)
        answer = RedirectResponse("/agreement" if is_manager else "/", status_code=303)
        answer.set_cookie(self._cookie, text, httponly=True, samesite="strict", path="/")
        return answer

    async def page(self, request: Request) -> Response:
        """Serve a file of the page."""
        name = request.path_params.get("name", "")
        if name not in PAGES:
            return JSONResponse({"error": "there is no such page"}, status_code=404)
        return FileResponse(PAGES[name])

    async def agreement(self, request: Request) -> Response:
        """Show the study manager how far readers agree."""
        if self._code_of(request.cookies.get(self._cookie, "")) != MANAGER:
            raise LinkRefused("this page is the study manager's, who has a link of their own")
        html = await run_in_threadpool(self._manager.html)
        return HTMLResponse(html, headers={"content-security-policy": POLICY})

    async def me(self, request: Request) -> Response:
        """Tell a reader who they are, what is asked of them, and their cases."""
        session, reader = self._session(request)
        task = self._room.task
        cases = await run_in_threadpool(told.tell_list, self._room, reader)
        practice = await run_in_threadpool(told.tell_progress, self._room, reader)
        return JSONResponse(
            {
                "reader": reader,
                "adjudicates": self._room.is_adjudicator(reader),
                "token": form_token(session, key=self._room.key),
                "ask": list(task.ask),
                "outlines": task.outlines,
                "blind": task.is_blind,
                "cases": cases,
                "calibration": practice,
            }
        )

    async def case(self, request: Request) -> Response:
        """Tell a case as it is now."""
        return await self._of_case(request, partial(told.tell_case, self._room))

    async def numbers(self, request: Request) -> Response:
        """Measure a case as it is drawn now; its files are kept up when this is answered."""
        tell = partial(told.tell_numbers, self._room)
        return await self._of_case(request, tell, then=self._afterwards)

    def _afterwards(self, case: OpenCase) -> None:
        case.keep_up()
        self._room.look_ahead(case)

    async def volume(self, request: Request) -> Response:
        """Give the grey values of a visit."""
        return await self._bytes(request, sent.voxels_sent)

    async def marrow(self, request: Request) -> Response:
        """Give the quadrants of a visit."""
        return await self._bytes(request, sent.marrow_sent)

    async def t1(self, request: Request) -> Response:
        """Give the grey values of T1W of a visit."""
        return await self._bytes(request, sent.t1_sent)

    async def reference(self, request: Request) -> Response:
        """Give normal marrow of a visit."""
        return await self._bytes(request, sent.reference_sent)

    async def act(self, request: Request) -> Response:
        """Do what a page asks for."""
        session, _ = self._session(request)
        if request.headers.get(FORM_TOKEN, "") != form_token(session, key=self._room.key):
            raise LinkRefused("the page is of another session; load it again")
        try:
            act = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise InvalidVoxels("an act is sent as JSON") from error
        if not isinstance(act, dict):
            raise InvalidVoxels("an act is a JSON object")
        return await self._of_case(request, lambda case: do(self._room, case, act))

    async def _of_case(
        self,
        request: Request,
        tell: Callable[[OpenCase], dict[str, Any]],
        *,
        then: Callable[[OpenCase], None] | None = None,
    ) -> Response:
        """Answer from a case; `then` is done when the answer is on its way."""
        _, reader = self._session(request)
        case = await run_in_threadpool(self._room.case, reader, request.path_params["code"])
        content = await run_in_threadpool(tell, case)
        return JSONResponse(content, background=BackgroundTask(then, case) if then else None)

    async def _bytes(self, request: Request, give: Callable[[OpenCase, int], bytes]) -> Response:
        _, reader = self._session(request)
        code, place = request.path_params["code"], request.path_params["place"]

        def given() -> bytes:
            case = self._room.case(reader, code)
            if place >= len(case.visits):
                raise NoSuchCase("there is no such visit")
            return give(case, place)

        content = await run_in_threadpool(given)
        return Response(content, media_type="application/octet-stream")

    def _session(self, request: Request) -> tuple[str, str]:
        text = request.cookies.get(self._cookie, "")
        return text, self._reader_of(text)

    def _code_of(self, text: str) -> str:
        return reader_of_pass(text, now_s=time.time(), key=self._room.key)

    def _reader_of(self, text: str) -> str:
        reader = self._code_of(text)
        if reader not in self._room.readers:
            raise LinkRefused("this link is for a reader whom the task does not name")
        return reader
