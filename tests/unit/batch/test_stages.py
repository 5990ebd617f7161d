"""A stage is computed again when what it depends on changed, and only then."""

from pathlib import Path

import pytest

from mri_bme.batch.stages import StageMemory
from mri_bme.settings import Settings


@pytest.mark.parametrize(
    ("changed", "redone"),
    [
        ({"score": {}}, set()),
        ({"compare": {"min_covered_fraction": 0.3}}, {"change"}),
        ({"select": {"pin": "7"}}, {"rois", "registration", "edema", "score", "change"}),
    ],
)
def test_a_setting_redoes_the_stages_that_it_touches_and_no_other(
    changed: dict[str, dict[str, object]], redone: set[str], tmp_path: Path
) -> None:
    def keys(settings: Settings) -> dict[str, str]:
        memory = StageMemory(
            folder=tmp_path, settings=settings, settings_sha256="", code_version="", inputs=()
        )
        for stage in ("rois", "registration", "edema", "score", "change"):
            memory(stage, ("baseline",), lambda: 0)
        return {record.stage: record.key for record in memory.done}

    before, after = keys(Settings()), keys(Settings.model_validate(changed))
    assert {stage for stage in before if before[stage] != after[stage]} == redone
