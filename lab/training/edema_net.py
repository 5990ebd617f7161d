"""The judge: a small U-Net on slices of one joint, and its export."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.training.bone_net import UNet
from mri_bme.segment_edema.joint_view import MULTIPLE

N_INPUTS = 9
CHANNELS = (24, 48, 96, 128)
FOLD = 2  # pixels folded into channels: no wide layer runs at full resolution
N_FINE = 16
SEEN_FINE = (1, 4, 6, 7, 8)  # middle slices of both contrasts, marrow, distance, flag


class EdemaNet(UNet):
    """U-Net on folded pixels; a last, narrow layer looks at the unfolded ones again."""

    def __init__(self) -> None:
        super().__init__(N_INPUTS * FOLD**2, CHANNELS)
        self.fine = nn.Conv2d(CHANNELS[0] // FOLD**2 + len(SEEN_FINE), N_FINE, 3, padding=1)
        self.answer = nn.Conv2d(N_FINE, 1, 3, padding=1)
        nn.init.constant_(self.answer.bias, -2.0)

    def forward(self, planes: Tensor) -> Tensor:
        """Return logits (n, 1, height, across)."""
        x = functional.pixel_shuffle(self.features(functional.pixel_unshuffle(planes, FOLD)), FOLD)
        seen = torch.cat([x, planes[:, list(SEEN_FINE)]], 1)
        return self.answer(functional.relu(self.fine(seen)))


def export(net: EdemaNet, path: Path) -> None:
    """Write the network as ONNX: planes in, logits out."""
    example = torch.zeros(1, N_INPUTS, 6 * MULTIPLE, 6 * MULTIPLE)
    seen = {0: "slices", 2: "height", 3: "across"}
    torch.onnx.export(
        net.cpu().float().eval(),
        (example,),
        str(path),
        input_names=["planes"],
        output_names=["logit"],
        dynamic_axes={"planes": seen, "logit": seen},
        opset_version=17,
        dynamo=False,
    )
