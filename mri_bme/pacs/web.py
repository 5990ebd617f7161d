"""DICOMweb, and its errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from dicomweb_client.api import DICOMwebClient

from mri_bme.errors import NodeUnavailable
from mri_bme.pacs.nodes import Node

DENIED = (401, 403)


@contextmanager
def web_client(node: Node) -> Iterator[DICOMwebClient]:
    """Hold a client of a node's DICOMweb service.

    Raises
    ------
    NodeUnavailable
        If the node does not answer, or refuses.
    InvalidSettings
        If its password or certificates cannot be used.
    """
    session = requests.Session()
    if node.user:
        session.auth = (node.user, node.password())
    if node.tls is not None:
        node.ssl_context()  # refused here, in words
        session.verify = str(node.tls.ca)
        if node.tls.certificate is not None:
            key = node.tls.key or node.tls.certificate
            session.cert = (str(node.tls.certificate), str(key))
    client = DICOMwebClient(url=node.dicomweb, session=session)
    client.set_http_retry_params(retry=False)  # who asks again is the user, or the listener
    try:
        yield client
    except requests.HTTPError as error:
        status = error.response.status_code
        denied = "; check user and password" if status in DENIED else ""
        raise NodeUnavailable(f"{node.ae_title} answered with HTTP {status}{denied}") from error
    except requests.RequestException as error:
        raise NodeUnavailable(
            f"the DICOMweb service of {node.ae_title} does not answer, or its certificate is not "
            "accepted; check its address and TLS"
        ) from error
    finally:
        session.close()
