"""What a DICOMweb service answers is said in words."""

import pytest
import requests
from small_archive import free_port

from mri_bme.errors import InvalidSettings, NodeUnavailable
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.web import web_client


def node(**told: object) -> Node:
    return Node(ae_title="WEB", dicomweb="http://127.0.0.1:1/dicom-web", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "said"), [(401, "password"), (500, "HTTP 500")])
def test_an_error_of_the_service_is_told(status: int, said: str) -> None:
    answer = requests.Response()
    answer.status_code = status
    with pytest.raises(NodeUnavailable, match=said), web_client(node()):
        raise requests.HTTPError(response=answer)


def test_a_service_that_does_not_answer_is_told() -> None:
    gone = Node(ae_title="WEB", dicomweb=f"http://127.0.0.1:{free_port()}/dicom-web")
    with pytest.raises(NodeUnavailable, match="does not answer"), web_client(gone) as client:
        client.search_for_studies()


def test_a_password_that_is_missing_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_PASSWORD", raising=False)
    with (
        pytest.raises(InvalidSettings, match="WEB_PASSWORD"),
        web_client(node(user="me", password_env="WEB_PASSWORD")),
    ):
        pass
