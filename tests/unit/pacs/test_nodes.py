"""Nodes are read from a table, secrets from where only their owner reads them."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.pacs.nodes import NODES_VARIABLE, Node, Tls, node_named, read_nodes, tls_context

TABLE = """
[nodes.archive]
ae_title = "PACS"
host = "10.0.0.1"
port = 104
password_file = "secret"
user = "me"
[nodes.scanner]
ae_title = "MR1"
host = "10.0.0.2"
results_to = "archive"
"""


def written(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "nodes.toml"
    path.write_text(text)
    return path


def test_nodes_are_known_by_name(tmp_path: Path) -> None:
    nodes = read_nodes(written(tmp_path))
    assert node_named(nodes, "archive").ae_title == "PACS"
    assert nodes["scanner"].results_to == "archive"
    with pytest.raises(InvalidSettings, match=r"no node 'x'; known are archive, scanner"):
        node_named(nodes, "x")


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NODES_VARIABLE, str(written(tmp_path)))
    assert set(read_nodes(None)) == {"archive", "scanner"}
    monkeypatch.delenv(NODES_VARIABLE)
    with pytest.raises(InvalidSettings, match=NODES_VARIABLE):
        read_nodes(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[nodes", "TOML"),
        ("[other]\nx = 1", "no table"),
        ('[nodes.a]\nae_title = "A"', "host or dicomweb"),
        ('[nodes.a]\nae_title = "A"\nhost = "h"\nport = 0', "port"),
        ('[nodes.a]\nae_title = "A name far too long"\nhost = "h"', "ae_title"),
        ('[nodes.a]\nae_title = "A"\nhost = "h"\nprot = 1', "prot"),
        ('[nodes.a]\nae_title = "A"\nhost = "h"\nresults_to = "b"', "results_to"),
        ('[nodes.a]\nae_title = "A"\ndicomweb = "ftp://x"', "dicomweb"),
    ],
)
def test_a_table_that_is_no_node_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidSettings, match=said):
        read_nodes(written(tmp_path, text))


def test_a_password_is_read_only_where_nobody_else_can(tmp_path: Path) -> None:
    node = read_nodes(written(tmp_path))["archive"]
    with pytest.raises(InvalidSettings, match="cannot be read"):
        node.password()
    secret = tmp_path / "secret"
    secret.write_text("pssst\n")
    secret.chmod(0o644)
    with pytest.raises(InvalidSettings, match="chmod 600"):
        node.password()
    secret.chmod(0o600)
    assert node.password() == "pssst"


def test_a_password_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(ae_title="A", host="h", password_env="MY_PASSWORD")
    monkeypatch.delenv("MY_PASSWORD", raising=False)
    with pytest.raises(InvalidSettings, match="MY_PASSWORD"):
        node.password()
    monkeypatch.setenv("MY_PASSWORD", "x")
    assert node.password() == "x"
    assert Node(ae_title="A", host="h").password() == ""


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(InvalidSettings, match="TLS"):
            tls_context(Tls(ca=tmp_path / name), as_server=False)
    assert Node(ae_title="A", host="h").ssl_context() is None
