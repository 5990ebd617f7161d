"""What the judge learns from: windows on joints that stay in register with what readers drew."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lab.training.edema_batches import WINDOW, Joints  # noqa: E402
from lab.training.edema_net import N_INPUTS, EdemaNet  # noqa: E402
from lab.training.edema_views import TaughtView  # noqa: E402
from lab.training.train_edema import loss_of, schedule  # noqa: E402

SHAPE = (6, 150, 140)


def joint(bright: float = 3.0) -> TaughtView:
    """A joint with one bright block that readers call edema."""
    rng = np.random.default_rng(3)
    share = np.zeros(SHAPE, dtype=np.float32)
    share[2:4, 60:90, 75:95] = 1
    intensity = 1 + (bright - 1) * share + rng.normal(0, 0.02, SHAPE).astype(np.float32)
    columns = np.broadcast_to(np.arange(SHAPE[2], dtype=np.float32) - 70, SHAPE)
    return TaughtView(
        name="made up",
        intensity=intensity.astype(np.float32),
        t1=np.ones(SHAPE, dtype=np.float32),
        marrow=np.ones(SHAPE, dtype=np.float32),
        distance_mm=0.7 * columns,
        share=share,
        known=np.ones(SHAPE, dtype=np.float32),
    )


def batch(seed: int = 1):
    joints = Joints([[joint()]], [], [])
    return joints.draw(12, torch.Generator().manual_seed(seed))


def test_a_batch_has_the_planes_of_the_network_and_the_share_of_reads() -> None:
    found = batch()
    assert found.planes.shape == (12, N_INPUTS, *WINDOW)
    assert found.share.shape == found.known.shape == (12, *WINDOW)
    assert EdemaNet()(found.planes).shape == (12, 1, *WINDOW)


def test_what_readers_drew_moves_with_the_picture() -> None:
    found = batch()
    middle = found.planes[:, 1]
    assert middle[found.share > 0.99].mean() > middle[found.share < 0.01].mean() + 1


def test_where_t1w_is_taken_away_the_flag_says_so_and_nothing_of_it_is_left() -> None:
    planes = torch.cat([batch(seed).planes for seed in range(4)])
    flag = planes[:, 8].amax((1, 2))
    assert set(flag.tolist()) == {0.0, 1.0}
    assert not planes[flag == 0][:, 3:6].any()
    assert planes[flag == 1][:, 3:6].abs().sum() > 0


def test_the_loss_rewards_the_right_answer_and_ignores_what_nobody_knows() -> None:
    found = batch()
    right = torch.logit(found.share.clamp(0.01, 0.99))[:, None]
    assert loss_of(right, found) < 0.3 * loss_of(-right, found)
    half = found._replace(known=found.known * (found.share < 0.5))
    changed = torch.where(found.share[:, None] < 0.5, right, -right)
    torch.testing.assert_close(loss_of(changed, half), loss_of(right, half))


def test_the_rate_warms_up_and_ends_at_nothing() -> None:
    assert schedule(0.01) < schedule(0.05)
    assert schedule(0.05) > schedule(0.5) > schedule(1.0) == pytest.approx(0)
