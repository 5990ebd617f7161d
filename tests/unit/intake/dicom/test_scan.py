"""Looking at files in several processes gives what looking in one gives."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from dicom_files import one_slice, save, save_series

from mri_bme.intake.dicom import StudyIndex, index_study, scan
from mri_bme.intake.dicom.catalogue import Catalogue
from mri_bme.intake.dicom.heads import MAX_HEADS, Heads
from mri_bme.intake.dicom.paths import list_files


@pytest.fixture
def export(tmp_path: Path) -> Path:
    for series in (1, 2, 3):
        save_series(tmp_path / f"S{series}", 4, series=series)
    save(one_slice(0, series=9), tmp_path / "cut")
    (tmp_path / "cut").write_bytes((tmp_path / "cut").read_bytes()[:700])
    (tmp_path / "junk").write_bytes(b"junk" * 40)
    return tmp_path


def contents(index: StudyIndex) -> object:
    series = [(s.series_id, s.instances, s.refused, s.defects, s.n_slices) for s in index.series]
    return series, index.n_files, index.skipped, index.defects


def test_helpers_find_the_same(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "FILES_PER_TASK", 2)
    steps: list[tuple[int, int]] = []
    alone = index_study(export, keep_key=False, n_processes=1)
    helped = index_study(
        export, keep_key=False, n_processes=3, progress=lambda *done: steps.append(done)
    )
    assert contents(helped) == contents(alone)
    assert steps[-1] == (14, 14)


def test_helpers_that_die_or_talk_nonsense_cost_nothing(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "FILES_PER_TASK", 2)
    alone = index_study(export, keep_key=False, n_processes=1)
    for program in ("raise SystemExit(3)", "print('hello, these are no pickles')"):
        monkeypatch.setattr(scan, "_HELPER", program)
        helped = index_study(export, keep_key=False, n_processes=3)
        assert contents(helped) == contents(alone)


def test_a_script_without_a_guard_may_use_helpers(export: Path, tmp_path: Path) -> None:
    script = tmp_path.parent / "script.py"
    script.write_text(
        "from pathlib import Path\nimport mri_bme\n"
        f"index = mri_bme.index_study(Path({str(export)!r}), keep_key=False, n_processes=2)\n"
        "print(index.n_files)\n"
    )
    root = Path(scan.__file__).parents[3]
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root)},
    )
    assert (done.stdout.strip(), done.stderr) == ("14", "")


def test_a_helper_loads_no_library() -> None:
    program = (
        "import sys, mri_bme.intake.dicom.scan; "
        "print([m for m in ('numpy', 'pydicom', 'scipy', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_folders_are_listed_in_path_order_without_what_lies_behind_links(tmp_path: Path) -> None:
    for name in ("b/2", "b/10", "a/1", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "b")
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "c")
    (tmp_path / "a" / "nowhere").symlink_to(tmp_path / "missing")
    names = [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path)]
    assert names == ["a/1", "a/linked", "b/10", "b/2", "c"]


def test_an_export_takes_little_memory_per_file(tmp_path: Path) -> None:
    """What is kept of a file is a row of bytes, not objects of a kilobyte."""
    n = 3000
    content = save(one_slice(0), tmp_path / "slice").read_bytes()
    old = one_slice(0).SOPInstanceUID.encode()
    for number in range(n):
        new = old[:-6] + f"{number:06d}".encode()
        (tmp_path / f"IM{number:06d}").write_bytes(content.replace(old, new))
    (tmp_path / "slice").unlink()
    catalogue = Catalogue(list_files(tmp_path))
    tracemalloc.start()
    scan.look_at_files(catalogue.paths, catalogue.add, n_processes=1)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / n < 250


def test_remembered_heads_stay_few() -> None:
    heads = Heads(frozenset({0x00280010}), explicit=False, little=True)
    for number in range(MAX_HEADS + 10):
        heads[b"\x08\x00\x00\x00" + number.to_bytes(4, "little")]
    assert len(heads) <= MAX_HEADS
