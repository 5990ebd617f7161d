"""``mri-bme listen``: take studies from a PACS, measure them, send results back."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.extras import needing

LOOPBACK = ("127.0.0.1", "localhost", "::1")
POLL_S = 1.0


def listen(  # noqa: PLR0917  typer makes options of parameters
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where results go.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 11112,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for all, then name --allow.")
    ] = "127.0.0.1",
    ae_title: Annotated[str, typer.Option(help="What the listener calls itself.")] = "MRI_BME",
    nodes: Annotated[
        Path | None,
        typer.Option(help="TOML of nodes; they are let in, and their results_to is served."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Let in this calling AE title; may be repeated.")
    ] = None,
    address: Annotated[
        list[str] | None, typer.Option(help="Let in this IP address only; may be repeated.")
    ] = None,
    inbox: Annotated[
        Path | None, typer.Option(help="Where images are kept; OUT.inbox beside OUT otherwise.")
    ] = None,
    quiet_s: Annotated[
        float, typer.Option(min=0, help="Seconds without an image until a study is measured.")
    ] = 60.0,
    tls_ca: Annotated[
        Path | None, typer.Option(help="Certificates that callers must show.")
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="Certificate of the listener.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key.")] = None,
    max_mib: Annotated[int, typer.Option(min=1, help="Largest object that is taken.")] = 512,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Worker processes of a run; by default as many as cores and memory allow."
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML, as for run.")] = None,
) -> None:
    """Take MR studies that are sent, measure them, send results.

    Images are kept, under patients' names, in the inbox beside OUT, never in it. Stop with
    Ctrl-C or SIGTERM; started again, it goes on where it was.
    """
    with needing("pacs"):
        from mri_bme.pacs.listener import Limits, Listener, ListenOptions  # noqa: PLC0415
        from mri_bme.pacs.nodes import Tls, read_nodes  # noqa: PLC0415
        from mri_bme.pacs.serving import INBOX_SUFFIX, OUTBOX_SUFFIX, Serving  # noqa: PLC0415
    known = {} if nodes is None else read_nodes(nodes)
    callers = (*(allow or ()), *(node.ae_title for node in known.values()))
    if host not in LOOPBACK and not callers and not address:
        raise InvalidSettings(
            "whoever reaches this address could send: name who may with --allow, --address or "
            "--nodes"
        )
    place = inbox or out.with_name(out.name + INBOX_SUFFIX)
    if place.resolve() == out.resolve() or out.resolve() in place.resolve().parents:
        raise InvalidSettings("the inbox holds patients' names and must not lie in OUT")
    place.mkdir(parents=True, exist_ok=True)
    tls = None
    if tls_ca is not None:
        tls = Tls(ca=tls_ca, certificate=tls_certificate, key=tls_key)
    elif tls_certificate is not None or tls_key is not None:
        raise InvalidSettings("TLS needs --tls-ca, the certificates that callers must show")
    listener = Listener(
        place,
        ListenOptions(
            port=port,
            host=host,
            ae_title=ae_title,
            callers=callers,
            addresses=tuple(address or ()),
            tls=tls,
            limits=Limits(max_object_mib=max_mib),
        ),
    )
    words = [("--jobs", jobs), ("--config", config)]
    serving = Serving(
        out=out,
        inbox=place,
        outbox=out.with_name(out.name + OUTBOX_SUFFIX),
        nodes=known,
        quiet_s=quiet_s,
        run_options=[str(w) for pair in words if pair[1] is not None for w in pair],
        say=_say,
    )
    listener.start()
    who = ", ".join(callers) if callers else "every caller"
    _say(f"{ae_title} listens at {host} port {port} for {who}; images go to {place.name}")
    _serve_until_stopped(listener, serving)


def _serve_until_stopped(listener: Any, serving: Any) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    told = 0
    try:
        while not stopped.wait(POLL_S):
            n_received = listener.counts["received"]
            if n_received != told:
                _say(f"{n_received} images received")
                told = n_received
            _serve(serving)
    finally:
        listener.stop()
    counts = ", ".join(f"{n} {what}" for what, n in sorted(listener.counts.items()))
    _say(f"stopped; {counts or 'nothing received'}")


def _serve(serving: Any) -> None:
    """Serve once; what goes wrong is said, and tried again the next time."""
    from mri_bme.pacs.serving import serve_once  # noqa: PLC0415

    try:
        serve_once(serving)
    except (MriBmeError, OSError) as error:
        what = (error.strerror or "a file is gone") if isinstance(error, OSError) else str(error)
        _say(f"not measured yet: {what}")


def _say(line: str) -> None:
    sys.stderr.write(f"mri-bme: {line}\n")
    sys.stderr.flush()
