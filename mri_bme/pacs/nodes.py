"""The nodes that are spoken with, by name, from a TOML file.

A table per node::

    [nodes.archive]
    ae_title = "PACS"            # what the node calls itself
    host = "10.1.2.3"
    port = 104
    calling_ae_title = "MRI_BME" # what we call ourselves there
    retrieve = "get"             # or "move", "wado"
    move_port = 11112            # where the node reaches us: to move images, to commit storage
    dicomweb = "https://pacs.example/dicom-web"
    user = "mri_bme"
    password_env = "PACS_PASSWORD"   # or password_file = "pacs.secret", readable by its owner
    results_to = "archive"       # where `mri-bme listen` sends what it measured of this node
    identified = true            # ... under the patient's name

    [nodes.archive.tls]
    ca = "ca.pem"
    certificate = "me.pem"
    key = "me.key"

Secrets never stand in the file itself. Files are named beside it.
"""

import os
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mri_bme.errors import InvalidSettings
from mri_bme.files import read_toml
from mri_bme.nearest import did_you_mean

OTHERS = stat.S_IRWXG | stat.S_IRWXO
DEFAULT_AE_TITLE = "MRI_BME"
NODES_VARIABLE = "MRI_BME_NODES"

AeTitle = Field(min_length=1, max_length=16, pattern=r"^[\x20-\x5b\x5d-\x7e]*\S[\x20-\x5b\x5d-\x7e]*$")  # fmt: skip # noqa: E501


class Tls(BaseModel):
    """Who the node is known by (`ca`), and what we show it (`certificate`, `key`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


class Node(BaseModel):
    """One node; DIMSE by host and port, or DICOMweb by address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ae_title: str = AeTitle
    host: str = ""
    port: int = Field(default=104, ge=1, le=65535)
    calling_ae_title: str = Field(default=DEFAULT_AE_TITLE, min_length=1, max_length=16)
    retrieve: Literal["get", "move", "wado"] = "get"
    move_port: int | None = Field(default=None, ge=1, le=65535)
    dicomweb: str = Field(default="", pattern=r"^(https?://.*)?$")
    user: str = ""
    password_env: str = ""
    password_file: Path | None = None
    results_to: str = ""
    identified: bool = False
    tls: Tls | None = None

    def password(self) -> str:
        """Read the password from where it is kept; empty where none is needed.

        Raises
        ------
        InvalidSettings
            If it is not there, or others can read it.
        """
        if self.password_env:
            if self.password_env not in os.environ:
                raise InvalidSettings(
                    f"the environment variable {self.password_env} holds no password; set it"
                )
            return os.environ[self.password_env]
        if self.password_file is None:
            return ""
        try:
            mode = self.password_file.stat().st_mode
            secret = self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSettings(
                f"the password file {self.password_file.name} cannot be read; check its path"
            ) from error
        if os.name == "posix" and mode & OTHERS:
            raise InvalidSettings(
                f"the password file {self.password_file.name} can be read by others than its "
                "owner; `chmod 600` it"
            )
        return secret

    def ssl_context(self, *, as_server: bool = False) -> ssl.SSLContext | None:
        """Make what TLS needs; None where the node speaks without.

        Raises
        ------
        InvalidSettings
            If a certificate or key is missing or damaged.
        """
        return None if self.tls is None else tls_context(self.tls, as_server=as_server)


def tls_context(tls: Tls, *, as_server: bool) -> ssl.SSLContext:
    """Make a context in which both sides must show a certificate of `tls.ca`.

    Raises
    ------
    InvalidSettings
        If a certificate or key is missing or damaged.
    """
    purpose = ssl.Purpose.CLIENT_AUTH if as_server else ssl.Purpose.SERVER_AUTH
    try:
        context = ssl.create_default_context(purpose, cafile=str(tls.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        if tls.certificate is not None:
            context.load_cert_chain(str(tls.certificate), None if tls.key is None else str(tls.key))
    except (OSError, ssl.SSLError) as error:
        raise InvalidSettings(
            f"a certificate or key of the TLS table cannot be used: {error.strerror or error}"
        ) from error
    return context


def read_nodes(path: Path | None) -> Mapping[str, Node]:
    """Read the nodes of a TOML file, or of the one that ``MRI_BME_NODES`` names.

    Raises
    ------
    InvalidSettings
        If there is no such file, it is not TOML, or a table is not a node.
    """
    path = path or (Path(os.environ[NODES_VARIABLE]) if NODES_VARIABLE in os.environ else None)
    if path is None:
        raise InvalidSettings(
            f"name a TOML file of nodes with --nodes, or in the variable {NODES_VARIABLE}"
        )
    tables = read_toml(path).get("nodes", {})
    if not isinstance(tables, dict) or not tables:
        raise InvalidSettings(f"{path.name} holds no table [nodes.NAME]")
    nodes = {name: _node(name, table, path.parent) for name, table in tables.items()}
    for name, node in nodes.items():
        if node.results_to and node.results_to not in nodes:
            raise InvalidSettings(f"node {name}: results_to names no node of the file")
    return nodes


def node_named(nodes: Mapping[str, Node], name: str) -> Node:
    """Find a node by its name.

    Raises
    ------
    InvalidSettings
        If there is none.
    """
    if name not in nodes:
        advice = did_you_mean(name, nodes, otherwise=f"known are {', '.join(sorted(nodes))}")
        raise InvalidSettings(f"there is no node {name!r}; {advice}")
    return nodes[name]


def _node(name: str, table: object, folder: Path) -> Node:
    try:
        node = Node.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "the table"
        raise InvalidSettings(f"node {name}: {where}: {problem['msg'].lower()}") from error
    if not node.host and not node.dicomweb:
        raise InvalidSettings(f"node {name}: host or dicomweb is needed")
    return _beside(node, folder)


def _beside(node: Node, folder: Path) -> Node:
    """Look up relative paths beside the file that names them."""
    changes: dict[str, object] = {}
    if node.password_file is not None:
        changes["password_file"] = folder / node.password_file
    if node.tls is not None:
        paths = {k: folder / v for k, v in node.tls if isinstance(v, Path)}
        changes["tls"] = node.tls.model_copy(update=paths)
    return node.model_copy(update=changes)
