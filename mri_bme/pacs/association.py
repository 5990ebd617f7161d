"""Open an association with a node, and say in words why there is none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from mri_bme.errors import NodeUnavailable
from mri_bme.pacs.nodes import Node

CONNECT_S, ANSWER_S, MESSAGE_S = 10.0, 30.0, 60.0
REJECTIONS = (1, 2)  # permanent and transient
REJECTED = {
    (1, 1): "without a reason",
    (1, 3): "because it does not know the calling AE title",
    (1, 7): "because its AE title is another",
    (3, 1): "because it is too busy",
    (3, 2): "because too many are connected",
}
"""Reasons of a rejection by source and diagnostic (PS3.8, table 9-21)."""


@contextmanager
def associated(
    node: Node,
    contexts: Sequence[PresentationContext],
    *,
    roles: Sequence[Any] = (),
    handlers: Sequence[tuple[Any, ...]] = (),
) -> Iterator[Association]:
    """Hold an association with a node, released at the end.

    Raises
    ------
    NodeUnavailable
        If there is no answer, it is refused, or nothing of `contexts` is understood.
    InvalidSettings
        If TLS is asked for and its files cannot be used.
    """
    ae = AE(ae_title=node.calling_ae_title)
    ae.connection_timeout, ae.acse_timeout = CONNECT_S, ANSWER_S
    ae.dimse_timeout = ae.network_timeout = MESSAGE_S
    context = node.ssl_context()
    found = ae.associate(
        node.host,
        node.port,
        contexts=list(contexts),
        ae_title=node.ae_title,
        ext_neg=list(roles),
        evt_handlers=list(handlers),
        tls_args=None if context is None else (context, node.host),
    )
    if not found.is_established:
        raise NodeUnavailable(_why(found, node))
    try:
        yield found
    finally:
        if found.is_established:
            found.release()


def _why(found: Association, node: Node) -> str:
    at = f"{node.ae_title} at port {node.port}"
    answer = found.acceptor.primitive
    if answer is not None and answer.result in REJECTIONS:
        cause = REJECTED.get((answer.result_source, answer.diagnostic), "")
        return f"{at} refused the association {cause}".rstrip() + "; check both AE titles"
    if answer is not None:
        return f"{at} understands nothing of what was asked; it may not offer this service"
    return (
        f"{at} does not answer, or broke off; check host, port and firewall, with TLS that both "
        "certificates are valid and known to the other side"
    )
