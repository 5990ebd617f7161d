"""Why there is no association is said in words."""

import pytest
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
from small_archive import TITLE, archive, free_port

from mri_bme.errors import NodeUnavailable
from mri_bme.pacs.association import associated
from mri_bme.pacs.nodes import Node


def test_an_association_is_held_and_released() -> None:
    with archive() as there, associated(there.node, [build_context(Verification)]) as found:
        assert found.send_c_echo().Status == 0
    assert not found.is_established


def test_nobody_there_and_a_wrong_name_are_told_apart() -> None:
    nobody = Node(ae_title=TITLE, host="127.0.0.1", port=free_port())
    with (
        pytest.raises(NodeUnavailable, match="does not answer"),
        associated(nobody, [build_context(Verification)]),
    ):
        pass
    with archive() as there:
        wrong = Node(ae_title="WRONG", host="127.0.0.1", port=there.port)
        with (
            pytest.raises(NodeUnavailable, match="its AE title is another"),
            associated(wrong, [build_context(Verification)]),
        ):
            pass


def test_a_service_that_is_not_offered_is_said() -> None:
    context = build_context(StudyRootQueryRetrieveInformationModelMove)
    with (
        archive() as there,
        pytest.raises(NodeUnavailable, match="understands nothing"),
        associated(there.node, [context]),
    ):
        pass
