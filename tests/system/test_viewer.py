"""Slices are looked at in a real browser, with mouse, wheel, keys and touch."""

import io
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from chromium import PHONE, Open
from drawn_subject import semicoronal
from firefox import firefox
from PIL import Image
from scipy import ndimage

from mri_bme.intake.nifti import read_nifti
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.report import SubjectPage, subject_page, write_subject_page
from mri_bme.report.embedded import view
from mri_bme.segment_edema.explain import explain_voxel
from mri_bme.volume import Volume

OBLIQUE = np.array([[0.96, 0.0, -0.28], [0.168, 0.8, 0.576], [0.224, -0.6, 0.768]])
ON_SCREEN = 8  # CSS pixels of a voxel
Show = Callable[[SubjectPage], Any]


@pytest.fixture
def show(open_page: Open, tmp_path: Path) -> Show:
    def shown(page: SubjectPage, **options: Any) -> Any:
        path = tmp_path / "sub-1" / "report.html"
        write_subject_page(page, path)
        opened = open_page(path, **options)
        opened.wait_for_selector("#viewer.v-open .v-canvas")
        return opened

    return shown


def asked(page: Any, expression: str, *arguments: Any) -> Any:
    """Ask the page's viewer, as ``v``; `a` holds the arguments."""
    code = f"(a) => {{ const v = document.querySelector('#viewer').viewer; return {expression}; }}"
    return page.evaluate(code, list(arguments))


def drawn(page: Any, expression: str, *arguments: Any) -> Any:
    """The same, after which all is drawn again."""
    return asked(page, f"(r => (v.drawNow(), r))({expression})", *arguments)


def canvas_box(page: Any, number: int = 0) -> dict[str, float]:
    box: dict[str, float] = page.locator(".v-canvas").nth(number).bounding_box()
    return box


def screen(page: Any, number: int = 0) -> np.ndarray:
    """What is on the screen where a picture is; (row, column, colour)."""
    box = canvas_box(page, number)
    picture = Image.open(io.BytesIO(page.screenshot(clip=box)))
    return np.asarray(picture.convert("RGB"))


def plain(page: Any) -> None:
    """Nothing but grey voxels, eight pixels large, a byte of grey for a byte of the volume."""
    drawn(
        page,
        "(['outlines','quadrants','changes','smooth'].forEach((o) => v.state.options[o] = false), "
        "v.setMode('acquired'), v.setWindow(0, 1), v.state.pxPerMm = a[0], v.state.fitted = false,"
        "v.clearCross())",
        ON_SCREEN,
    )


def one_volume(volume: Volume, t1: Volume | None = None) -> SubjectPage:
    visit = VisitInput(label="baseline", day=0, volume=volume, t1=t1)
    result = SubjectResult(visits=(VisitResult(visit=visit, reason="not measured"),))
    return subject_page(result, subject_id="sub-1")


def voxels_on_screen(page: Any, shape: tuple[int, int, int]) -> np.ndarray:
    """Grey at the middle of every voxel of every slice, read off the screen."""
    slices = []
    for k in range(shape[0]):
        drawn(
            page,
            "v.show(v.visits[0], [a[0], (a[1] - 1) / 2, (a[2] - 1) / 2], {mark: false})",
            k,
            shape[1],
            shape[2],
        )
        places = [
            asked(page, "v.panes[0].pixelOf([a[0], a[1], a[2]])", k, r, c)
            for r, c in ((0, 0), (shape[1] - 1, shape[2] - 1))
        ]
        (x0, y0), (x1, y1) = places
        picture = screen(page)
        rows = np.floor(np.linspace(y0, y1, shape[1])).astype(int)
        columns = np.floor(np.linspace(x0, x1, shape[2])).astype(int)
        assert rows[0] >= 0
        assert rows[-1] < picture.shape[0]
        slices.append(picture[np.ix_(rows, columns)])
    colours = np.stack(slices)
    assert np.array_equal(colours[..., 0], colours[..., 2]), "grey only"
    return colours[..., 0]


def painted(shape: tuple[int, int, int]) -> np.ndarray:
    """Every grey there is, in no order."""
    values = np.random.default_rng(4).permutation(np.arange(np.prod(shape)) % 256)
    return values.reshape(shape).astype(np.float32)


def stored_as(code: str, folder: Path, oblique: bool) -> Path:
    """A file of the same painted body, whose axes run as `code` says."""
    shape, spacing = (9, 11, 7), (1.0, 1.0, 1.0)
    affine = np.diag([*spacing, 1.0])
    affine[:3, :3] = (OBLIQUE if oblique else np.eye(3)) * spacing
    affine[:3, 3] = (-3, 4, 5)
    image = nib.Nifti1Image(painted(shape).astype(np.uint8), affine)
    turned = image.as_reoriented(
        nib.orientations.ornt_transform(
            nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(tuple(code))
        )
    )
    path = folder / f"{code}.nii.gz"
    nib.save(turned, path)
    return path


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("code", ["RAS", "LAS", "LPS", "PSR", "SAL"])
def test_a_painted_volume_comes_out_voxel_by_voxel_however_it_is_stored(
    show: Show, tmp_path: Path, code: str, oblique: bool
) -> None:
    path = stored_as(code, tmp_path, oblique)
    volume = read_nifti(path)
    page = show(one_volume(volume))
    plain(page)
    seen = voxels_on_screen(page, volume.geometry.shape)
    expected = volume.voxels
    np.testing.assert_array_equal(seen, expected)
    stored = nib.load(path)  # and each voxel of the file is where the file says
    values = np.asarray(stored.dataobj)
    ras_from_file = np.asarray(stored.affine)
    for index in itertools.islice(np.ndindex(*values.shape), 0, None, 53):
        ras = ras_from_file @ (*index, 1.0)
        s, r, c = np.rint(volume.geometry.indices_of(ras[:3] * [-1, -1, 1])).astype(int)
        assert seen[s, r, c] == values[index]
    right, left = (page.locator(f".v-{side}").first.text_content() for side in ("left", "right"))
    assert (right[0], left[0]) == ("R", "L")


def test_one_click_is_one_voxel_and_its_value(show: Show) -> None:
    volume = Volume(geometry=semicoronal(), voxels=painted(semicoronal().shape))
    page = show(one_volume(volume))
    plain(page)
    box = canvas_box(page)
    for row, column in ((30, 50), (31, 50), (30, 51)):
        x, y = asked(page, "v.panes[0].pixelOf([v.slices.k, a[0], a[1]])", row, column)
        for dx, dy in ((0, 0), (-6, 6), (7, -7)):
            page.mouse.click(box["x"] + x + dx, box["y"] + y + dy)
            page.wait_for_timeout(50)
            k = asked(page, "v.slices.k")
            told = page.locator(".v-readout").text_content()
            assert f"slice {k + 1}, row {row + 1}, column {column + 1}" in told
            assert f"{volume.voxels[k, row, column] / 255:.2f} of the brightest" in told


def test_a_layer_of_labels_lies_on_its_voxel_only(show: Show) -> None:
    geometry = semicoronal()
    page = show(one_volume(Volume(geometry=geometry, voxels=np.zeros(geometry.shape))))
    plain(page)
    drawn(
        page,
        "(v.show(v.visits[0], [3, 20, 40], {mark: false}), "
        "window.own = new Uint8Array(8 * 64 * 100), own[(3 * 64 + 20) * 100 + 40] = 1, "
        "v.setLayer(v.visits[0], 'mine', own, {colours: {1: '#00ff00'}, fill: 1, line: false}))",
    )

    def is_green() -> np.ndarray:
        red, green, _ = np.moveaxis(screen(page).astype(int), -1, 0)
        return green - red > 150

    green = np.argwhere(is_green())
    x, y = asked(page, "v.panes[0].pixelOf([3, 20, 40])")
    size = 2 * ON_SCREEN  # voxels are 2 mm
    np.testing.assert_allclose(green.min(axis=0), (y - size / 2, x - size / 2), atol=1)
    np.testing.assert_allclose(green.max(axis=0) + 1, (y + size / 2, x + size / 2), atol=1)
    drawn(page, "(own.fill(0), v.layerChanged(v.visits[0], 'mine'))")
    assert not is_green().any()


@pytest.mark.parametrize("by_key", [True, False], ids=["key", "button"])
def test_outlines_go_off_and_on(show: Show, drawn_page: SubjectPage, by_key: bool) -> None:
    page = show(drawn_page)

    def switch() -> bool:
        if by_key:
            page.keyboard.press("o")
        else:
            page.get_by_role("button", name="Outlines").click()
        drawn(page, "0")
        red, _, blue = np.moveaxis(screen(page).astype(int), -1, 0)
        return bool((red - blue > 150).any())  # the orange of lesions

    assert (switch(), switch()) == (False, True)


def test_wheel_and_keys_go_through_slices_and_the_page_stays(
    show: Show, drawn_page: SubjectPage
) -> None:
    page = show(drawn_page)
    box = canvas_box(page)
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    k = asked(page, "v.slices.k")
    page.mouse.wheel(0, 120)
    page.wait_for_function(
        "(k) => document.querySelector('#viewer').viewer.slices.k === k", arg=k + 1
    )
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert asked(page, "v.slices.k") == k - 1
    page.mouse.click(box["x"] + 50, box["y"] + 50)
    page.keyboard.press("End")
    assert asked(page, "v.slices") == {
        "k": asked(page, "v.slices.n") - 1,
        "n": asked(page, "v.slices.n"),
    }
    page.keyboard.press("Home")
    assert asked(page, "v.slices.k") == 0
    slider = page.get_by_label("Slice", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert asked(page, "v.slices.k") == 1, "a key on the slider moves one slice, not two"
    page.wait_for_function("() => document.querySelector('#where').textContent.startsWith('2 /')")


def test_dragging_sets_the_window_zooms_and_moves(show: Show, drawn_page: SubjectPage) -> None:
    page = show(drawn_page)
    box = canvas_box(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(dx: int, dy: int, button: str = "left") -> None:
        page.mouse.move(x, y)
        page.mouse.down(button=button)
        page.mouse.move(x + dx / 2, y + dy / 2)
        page.mouse.move(x + dx, y + dy)
        page.mouse.up(button=button)

    before = asked(page, "v.state.windows.fluid")
    drag(120, 0)
    wider = asked(page, "v.state.windows.fluid")
    assert wider["high"] - wider["low"] > 1.2 * (before["high"] - before["low"])
    drag(0, 100)
    assert asked(page, "v.state.windows.fluid.high") < wider["high"], "down is brighter"
    zoom = asked(page, "v.state.pxPerMm")
    drag(0, -90, button="right")
    assert asked(page, "v.state.pxPerMm") > 1.3 * zoom
    under = asked(page, "v.voxelAt(v.panes[0], a[0], a[1])", 100, 100)
    page.keyboard.down("Shift")
    drag(60, 40)
    page.keyboard.up("Shift")
    np.testing.assert_allclose(
        asked(page, "v.voxelAt(v.panes[0], a[0], a[1])", 160, 140), under, atol=0.05
    )
    page.keyboard.down("Control")
    page.mouse.move(box["x"] + 160, box["y"] + 140)
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "(z) => document.querySelector('#viewer').viewer.state.pxPerMm > z", arg=1.5 * zoom
    )
    np.testing.assert_allclose(
        asked(page, "v.voxelAt(v.panes[0], a[0], a[1])", 160, 140), under, atol=0.05
    )
    page.keyboard.press("1")
    assert asked(page, "v.state.windows.fluid") == {"low": 0, "high": 3}
    page.keyboard.press("0")
    assert asked(page, "v.state.fitted")


def test_fingers_scroll_tap_and_pinch(show: Show, drawn_page: SubjectPage) -> None:
    page = show(drawn_page, size=PHONE)
    page.locator(".v-canvas").first.scroll_into_view_if_needed()
    box = canvas_box(page)
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    k, scrolled = asked(page, "v.slices.k"), page.evaluate("scrollY")
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x, y + 12 * step))
    touch("touchEnd")
    assert asked(page, "v.slices.k") > k
    assert page.evaluate("scrollY") == scrolled
    zoom = asked(page, "v.state.pxPerMm")
    touch("touchStart", (x - 30, y), (x + 30, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    assert asked(page, "v.state.pxPerMm") == pytest.approx(2 * zoom, rel=0.1)
    page.touchscreen.tap(x, y)
    page.wait_for_function("() => /row/.test(document.querySelector('.v-readout').textContent)")


def test_both_visits_show_one_place_and_as_acquired_each_its_own_slice(
    show: Show, drawn_page: SubjectPage
) -> None:
    page = show(drawn_page)
    moved = drawn_page.registrations["week14"].moving_from_fixed
    for mode in ("registered", "acquired"):
        asked(page, "v.setMode(a[0])", mode)
        drawn(page, "v.pick(v.visits[0], [3, 28, 60])")
        first, last = asked(page, "v.visits.map((visit) => visit.indexOf(v.state.cross))")
        geometry = semicoronal()
        there = geometry.indices_of(moved.apply(geometry.points_lps(first)))
        np.testing.assert_allclose(last, there, atol=1e-6)
    page.keyboard.press("a")
    assert asked(page, "v.state.mode") == "registered"
    page.keyboard.press("a")
    drawn(page, "0")
    captions = page.locator(".v-caption").all_text_contents()
    assert all("acquired" in caption and "nearest" not in caption for caption in captions)
    page.keyboard.press("b")
    assert [box.is_visible() for box in page.locator(".v-canvas").all()].count(True) == 1


def test_between_slices_is_what_scipy_finds_there(show: Show, drawn_page: SubjectPage) -> None:
    page = show(drawn_page)
    drawn(page, "v.goTo(v.slices.k)")
    told = asked(
        page,
        "v.visits.map((visit) => { const f = v.frameOf(visit); return {k: f.k, shape: f.shape, "
        "matrix: f.indexFromRaster, values: Array.from(v.panes[0].viewer.panes.find("
        "(p) => p.visit === visit)._values(f).values), bytes: Array.from(visit.fluid.values)}; })",
    )
    for visit in told:
        matrix = np.array(visit["matrix"])
        _, rows, columns = visit["shape"]
        grid = np.stack(np.meshgrid([visit["k"]], range(rows), range(columns), indexing="ij"))
        places = np.tensordot(matrix[:3, :3], grid, axes=1) + matrix[:3, 3].reshape(3, 1, 1, 1)
        voxels = np.array(visit["bytes"], dtype=float).reshape(semicoronal().shape)
        expected = ndimage.map_coordinates(voxels, places, order=1, mode="nearest")[0]
        last = np.array(semicoronal().shape).reshape(3, 1, 1, 1) - 1
        inside = np.all((places >= 0) & (places <= last), axis=0)[0]
        seen = np.array(visit["values"]).reshape(rows, columns)
        assert inside.mean() > 0.3
        np.testing.assert_allclose(seen[inside], expected[inside], atol=1e-3)


def test_the_page_says_why_a_voxel_counts_as_the_program_does(
    show: Show, drawn_result: SubjectResult
) -> None:
    first = drawn_result.visits[0]
    assert first.segmentation is not None
    assert first.rois is not None
    share = np.array(first.segmentation.edema_fraction)
    at_the_edge = tuple(np.argwhere((first.rois.quadrants > 0) & (share == 0))[200])
    share[at_the_edge] = 0.27
    cutoff = np.where(np.arange(100) % 2, 1.5, 1.2).astype(np.float32)
    segmentation = replace(
        first.segmentation,
        edema_fraction=share,
        local_cutoff=np.broadcast_to(cutoff, share.shape),
    )
    page = show(
        subject_page(
            SubjectResult(visits=(replace(first, segmentation=segmentation),)), subject_id="s"
        )
    )
    rng = np.random.default_rng(2)
    inside = np.argwhere(first.rois.quadrants > 0)
    chosen = [
        *rng.choice(inside, 60, replace=False),
        *rng.choice(np.argwhere(segmentation.mask.voxels), 10, replace=False),
        np.array(at_the_edge),
        np.array([0, 0, 0]),
    ]
    said = set()
    for voxel in chosen:
        drawn(page, "v.pick(v.visits[0], a)", *(int(i) for i in voxel))
        told = page.locator(".v-readout").text_content().split(") · ", 1)[1]
        told = told.replace("lesion L1,", "lesion 1,")
        expected = explain_voxel(segmentation, first.rois, voxel)
        said.add(expected.split(":")[0])
        numbers = [np.array([float(w) for w in _numbers(t)]) for t in (told, expected)]
        np.testing.assert_allclose(numbers[0], numbers[1], atol=0.0101)
        assert _words(told) == _words(expected)
    assert len(said) == 3


def _numbers(text: str) -> list[str]:
    return [word.strip("%:;,.()") for word in text.split() if word[0].isdigit()]


def _words(text: str) -> list[str]:
    return [word for word in text.split() if not word[0].isdigit()]


def test_a_ruler_measures_millimetres_by_mouse_and_by_keys(show: Show) -> None:
    volume = Volume(geometry=semicoronal(), voxels=painted(semicoronal().shape))
    page = show(one_volume(volume))
    plain(page)
    page.get_by_role("button", name="Measure").click()
    box = canvas_box(page)
    ends = [asked(page, "v.panes[0].pixelOf([v.slices.k, a[0], a[1]])", r, 40) for r in (25, 35)]
    (x0, y0), (x1, y1) = ends
    page.mouse.move(box["x"] + x0, box["y"] + y0)
    page.mouse.down()
    page.mouse.move(box["x"] + x1, box["y"] + (y0 + y1) / 2)
    page.mouse.move(box["x"] + x1, box["y"] + y1)
    page.mouse.up()
    assert asked(page, "v.rulers[0].mm") == pytest.approx(20, abs=0.3)
    drawn(page, "v.pick(v.visits[0], [v.slices.k, 20, 30])")
    page.locator(".viewer").focus()
    page.keyboard.press("m")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("m")
    assert asked(page, "v.rulers[1].mm") == pytest.approx(6, abs=1e-6)
    page.keyboard.press("Escape")
    assert asked(page, "v.rulers.length") == 0


def test_lesions_are_found_from_the_picture_and_from_the_table(
    show: Show, drawn_page: SubjectPage
) -> None:
    page = show(drawn_page)
    page.locator("#lesions .jump").first.click()
    assert asked(page, "[v.state.hot.visit.label, v.state.hot.label]") == ["baseline", 1]
    assert page.locator("#lesions tr.current").get_attribute("data-visit") == "baseline"
    told = page.locator("#lesions .jump").first.text_content()
    assert asked(page, "v.acquiredSlice(v.visits[0])") == int(told) - 1
    asked(page, "v.clearCross()")
    middle = asked(page, "v.panes[1].pixelOf(v.visits[1].indexOf(v.state.point))")
    page.keyboard.press("l")
    page.keyboard.press("l")
    assert asked(page, "v.state.hot.visit.label") == "week14"
    drawn(page, "(v.setMode('acquired'), v.state.hot = null)")
    box = canvas_box(page, 1)
    middle = asked(page, "v.panes[1].pixelOf(v.visits[1].lesions[0].voxel)")
    page.mouse.click(box["x"] + middle[0], box["y"] + middle[1])
    assert asked(page, "[v.state.hot.visit.label, v.state.hot.label]") == ["week14", 1]
    assert page.locator("#lesions tr.current").get_attribute("data-visit") == "week14"


def test_every_control_has_a_name_and_fits_a_phone(show: Show, drawn_page: SubjectPage) -> None:
    page = show(drawn_page, size=PHONE)
    nameless = page.evaluate(
        "Array.from(document.querySelectorAll('.viewer button, .viewer input')).filter((e) => "
        "!(e.textContent.trim() || e.getAttribute('aria-label'))).map((e) => e.outerHTML)"
    )
    assert nameless == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    box = canvas_box(page)
    assert box["width"] > 0.85 * PHONE[0]


def test_paper_and_a_browser_without_scripts_get_pictures(
    show: Show, drawn_page: SubjectPage, chromium: Any, tmp_path: Path
) -> None:
    page = show(drawn_page)
    assert not page.locator(".levels").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".level.on img").count() == 2
    assert page.locator(".levels").is_visible()
    assert not page.locator(".viewer").is_visible()
    context = chromium.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto((tmp_path / "sub-1" / "report.html").as_uri())
    assert still.locator(".level.on img").first.is_visible()
    context.close()


def test_damaged_slices_are_said_so_and_pictures_stay(
    open_page: Open, drawn_page: SubjectPage, tmp_path: Path
) -> None:
    path = tmp_path / "sub-1" / "report.html"
    write_subject_page(drawn_page, path)
    text = path.read_text()
    start = text.index('class="v-bytes">') + len('class="v-bytes">')
    path.write_text(text[:start] + "~" * 4000 + text[start + 4000 :])
    page = open_page(path)
    page.wait_for_selector("#viewer.v-failed")
    assert "cannot be shown" in page.locator(".v-place").text_content()
    assert page.locator(".level.on img").first.is_visible()


VIEWER = "document.querySelector('#viewer')?.viewer"
END = "\ue010"  # the key, as WebDriver names it
PLAIN = f"""(() => {{
const viewer = {VIEWER};
for (const name of ["outlines", "quadrants", "changes", "smooth"])
  viewer.state.options[name] = false;
document.head.append(Object.assign(document.createElement("style"),
  {{ textContent: ".v-letter {{ display: none }}" }}));
viewer.setWindow(0, 1);
viewer.state.pxPerMm = 3;
viewer.state.fitted = false;
viewer.show(viewer.visits[0], [3, 31.5, 49.5], {{ mark: false }});
viewer.drawNow();
return true;
}})()"""


def test_firefox_shows_the_same_voxels_and_answers_wheel_and_keys(tmp_path: Path) -> None:
    values = painted(semicoronal().shape)
    path = tmp_path / "page.html"
    path.write_text(view(Volume(geometry=semicoronal(), voxels=values)).document)
    with firefox(tmp_path / "profile") as page:
        page.open(path)
        page.wait_for(VIEWER)
        page.asked(PLAIN)
        seen = page.screen()
        k = page.asked(f"{VIEWER}.slices.k")
        box = page.asked("document.querySelector('#viewer canvas').getBoundingClientRect()")
        x, y = int(box["x"]) + 60, int(box["y"]) + 60
        page.act("wheel", {"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": 120})
        page.wait_for(f"{VIEWER}.slices.k === {k + 1}")
        page.act(
            "pointer",
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )
        page.act(
            "key", {"type": "keyDown", "value": "\ue010"}, {"type": "keyUp", "value": "\ue010"}
        )
        page.wait_for(f"{VIEWER}.slices.k === {VIEWER}.slices.n - 1")  # the key End
        assert page.asked("scrollY") == 0
    assert best_match(seen, values[3]) == 1.0


def best_match(seen: np.ndarray, values: np.ndarray) -> float:
    """Largest share of voxels that is on the screen, wherever the slice lies on it."""
    rows, columns = values.shape
    size = 6  # pixels of a voxel of 2 mm
    return max(
        float((part == values).mean())
        for y in range(size // 2, seen.shape[0] - size * rows)
        for x in range(size // 2, seen.shape[1] - size * columns)
        if (part := seen[y : y + size * rows : size, x : x + size * columns : size])[0, 0]
        == values[0, 0]
    )
