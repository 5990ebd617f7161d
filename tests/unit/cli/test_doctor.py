"""`mri-bme doctor` tells faults from notes, and its exit code counts faults alone."""

import pytest

from mri_bme.cli import doctor as module
from mri_bme.cli import main
from mri_bme.cli.doctor import Check
from mri_bme.errors import UnreadableInput


def examined(monkeypatch, capsys, *checks: Check) -> tuple[object, str]:
    monkeypatch.setattr(module, "run_checks", lambda: iter(checks))
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    return ended.value.code or 0, capsys.readouterr().out


FINE = Check(name="versions", passed=True, found="all of them", advice="update")
NOTE = Check(name="extra", passed=False, found="not there", advice="if wanted", required=False)
FAULT = Check(name="libraries", passed=False, found="cannot load scipy", advice="reinstall")


def test_a_machine_that_lacks_what_is_optional_is_well(monkeypatch, capsys) -> None:
    code, said = examined(monkeypatch, capsys, FINE, NOTE)
    assert code == 0
    assert said.splitlines() == [
        "ok     versions: all of them",
        "note   extra: not there",
        "       if wanted",
        "all is well",
    ]


def test_what_must_be_mended_is_counted_with_what_to_do(monkeypatch, capsys) -> None:
    code, said = examined(monkeypatch, capsys, FAULT, NOTE, FAULT)
    assert code == 1
    assert said.count("FAULT  libraries: cannot load scipy\n       reinstall\n") == 2
    assert said.endswith("2 fault(s) to fix\n")


def test_a_library_that_does_not_load_is_named(monkeypatch) -> None:
    monkeypatch.setattr(module, "MODULES", ("json", "no_such_library"))
    check = module._modules()
    assert not check.passed
    assert check.found == "cannot load no_such_library"
    monkeypatch.setattr(module, "MODULES", ("json",))
    assert module._modules().passed


def test_an_extra_that_is_missing_is_no_fault() -> None:
    check = module._extra("no_such_library", "cluster")
    assert (check.passed, check.required) == (False, False)
    assert "mri-bme[cluster]" in check.advice
    assert module._extra("numpy", "core").passed


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnreadableInput("the file is cut short"), "the file is cut short"),
        (OSError("/x"), "OSError"),
    ],
)
def test_a_trial_that_fails_tells_no_path(error: Exception, told: str) -> None:
    def act() -> str:
        raise error

    check = module._attempt("write and read", act, "make room")
    assert (check.passed, check.found, check.advice) == (False, told, "make room")


def test_a_volume_that_is_written_comes_back() -> None:
    assert module._round_trip() == "voxels came back as they were"
