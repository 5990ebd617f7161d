"""What pictures of one pelvis may look like: other contrasts, lesions, coils and pixels."""

import torch
from torch import Tensor
from torch.nn import functional

from mri_bme.place_rois.network import FINER, N_NEIGHBOURS
from mri_bme.sacroiliac import BoneLabel

OTHER_CONTRAST_SHARE = 0.25  # of the samples
N_TONES = 5  # points of a bent grey scale, evenly from black to bright
DARKEST_TONE = 0.1
PAINTED_SHARE = 0.5  # of the samples: with lesions
MOST_LESIONS = 4
LESION_WIDTH = (3.0, 12.0)  # pixels of the answer, from the middle to 1/e
LESION_GAIN = (-0.85, 1.5)  # sclerosis and fat on STIR, edema
AT_JOINT = 4.0  # how much more often a lesion lies there than elsewhere in marrow
UNEVEN_SHARE = 0.25  # of the samples: marrow as bright here and as dark there as in extensive edema
UNEVEN = 0.45  # SD of the logarithm of its brightness
SOFT_TISSUE = 0.35  # SD of the logarithm, in phantoms
N_UNEVEN = 4  # points along each side between which it varies
BENT_PART = (0.3, 1.0)  # of a bent grey scale, the rest being the picture's own
# Coils and pixels, chosen to be wider than what scanners give.
GAMMA = (0.7, 1.4)
MAX_SHADING = 0.5  # of the logarithm, at
N_SHADING = 3  # points along each side
SOFTER = (-0.5, 1.0)  # part of the mean of 3 x 3 pixels: sharpened where negative
COARSER = (-1.0, 1.0)  # of 5 x 5, as scans with larger pixels; none where negative
MAX_NOISE = 0.08  # SD, of the range between dark and bright
GAIN = (0.7, 1.3)
JOINT_REACH = 3  # pixels of the answer


def beside_joint(share: Tensor) -> Tensor:
    """Where sacrum and one ilium are both near, (n, h, w) of `share` (n, class, h, w)."""
    rows = functional.max_pool2d(share, (2 * JOINT_REACH + 1, 1), 1, (JOINT_REACH, 0))
    near = functional.max_pool2d(rows, (1, 2 * JOINT_REACH + 1), 1, (0, JOINT_REACH))
    ilium = torch.maximum(near[:, BoneLabel.LEFT_ILIUM], near[:, BoneLabel.RIGHT_ILIUM])
    return near[:, BoneLabel.SACRUM] * ilium


def looking_otherwise(
    slices: Tensor,
    marrow: Tensor,
    joint: Tensor,
    is_phantom: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Paint lesions, bend the grey scale, blur, shade and make noisy.

    Parameters
    ----------
    slices : tensor of shape (n, 5, FINER * h, FINER * w)
        Intensities.
    marrow : tensor of shape (n, 5, h, w)
        The share of each pixel of the answer that is marrow.
    joint : tensor of shape (n, h, w)
        As `beside_joint` says of the middle slice.
    is_phantom : bool tensor of shape (n,)
        Soft tissue of these is made brighter or darker.
    generator : torch.Generator
        On the device of `slices`.
    """
    gain = lesions(marrow, joint, generator) * _uneven(marrow, generator)
    n, device = len(slices), slices.device
    soft = SOFT_TISSUE * is_phantom * torch.randn(n, generator=generator, device=device)
    gain = gain * torch.exp(soft[:, None, None, None] * (1 - marrow))
    return _spoiled(_other_contrast(slices * finer(gain), generator), generator)


def lesions(marrow: Tensor, joint: Tensor, generator: torch.Generator) -> Tensor:
    """Factor (n, 5, h, w) by which smooth blobs of marrow are brighter or darker.

    As edema, fat and sclerosis are. Parameters are those of `looking_otherwise`.
    """
    n, device = len(marrow), marrow.device
    height, across = marrow.shape[2:]
    inside = marrow[:, N_NEIGHBOURS] > 0.5
    chance = inside * (1 + AT_JOINT * joint) + torch.finfo(torch.float32).tiny
    centre = torch.multinomial(
        chance.flatten(1), MOST_LESIONS, replacement=True, generator=generator
    )
    row, column = centre.div(across, rounding_mode="floor"), centre % across
    width = uniform(generator, device, *LESION_WIDTH, 2, n, MOST_LESIONS)
    gain = uniform(generator, device, *LESION_GAIN, n, MOST_LESIONS)
    n_lesions = (uniform(generator, device, 0, 1, n) * MOST_LESIONS).floor() + 1
    n_lesions = n_lesions * (uniform(generator, device, 0, 1, n) < PAINTED_SHARE)
    gain = gain * (torch.arange(MOST_LESIONS, device=device) < n_lesions[:, None])

    def profile(middle: Tensor, width: Tensor, n_pixels: int) -> Tensor:
        apart = torch.arange(n_pixels, device=device) - middle[..., None]
        return torch.exp(-((apart / width[..., None]) ** 2))

    down, aside = profile(row, width[0], height), profile(column, width[1], across)
    blobs = torch.einsum("nk,nkh,nkw->knhw", gain, down, aside)
    factor = torch.ones_like(marrow)
    for blob in blobs:
        factor = factor * (1 + blob[:, None] * marrow)
    return factor


def _uneven(marrow: Tensor, generator: torch.Generator) -> Tensor:
    """Factor by which marrow of some samples is brighter or darker, smoothly, in whole parts."""
    n, device = len(marrow), marrow.device
    coarse = torch.randn((n, 1, N_UNEVEN, N_UNEVEN), generator=generator, device=device) * UNEVEN
    coarse = coarse * (uniform(generator, device, 0, 1, n, 1, 1, 1) < UNEVEN_SHARE)
    return torch.exp(smooth(coarse, tuple(marrow.shape[2:])) * marrow)


def _other_contrast(slices: Tensor, generator: torch.Generator) -> Tensor:
    """Bend the grey scale of the first samples at random; what is black, as cortex, stays dark.

    Bones then have to be told by their outline, not by how bright marrow is in one sequence.
    """
    n, device = round(len(slices) * OTHER_CONTRAST_SHARE), slices.device
    few, others = slices[:n], slices[n:]
    curve = uniform(generator, device, 0, 1, n, N_TONES)
    curve[:, 0] *= DARKEST_TONE
    place = (few.clamp(0, 1) * (N_TONES - 1)).flatten(1)
    below = place.floor().clamp(max=N_TONES - 2)
    low, high = (curve.gather(1, (below + i).long()) for i in (0, 1))
    bent = torch.lerp(low, high, place - below).view_as(few)
    share = uniform(generator, device, *BENT_PART, n, 1, 1, 1)
    return torch.cat([torch.lerp(few, bent, share), others])


def _spoiled(slices: Tensor, generator: torch.Generator) -> Tensor:
    """Change gamma, shading, sharpness, noise and gain."""
    n, device, size = len(slices), slices.device, tuple(slices.shape[2:])

    def draw(low: float, high: float) -> Tensor:
        return uniform(generator, device, low, high, n, 1, 1, 1)

    points = uniform(generator, device, -MAX_SHADING, MAX_SHADING, n, 1, N_SHADING, N_SHADING)
    slices = slices.clamp(min=1e-4) ** draw(*GAMMA) * torch.exp(smooth(points, size))
    slices = torch.lerp(slices, _blurred(slices, 3), draw(*SOFTER))
    slices = torch.lerp(slices, _blurred(slices, 5), draw(*COARSER).clamp(min=0))
    noise = torch.randn(slices.shape, generator=generator, device=device)
    slices = slices + noise * draw(0, MAX_NOISE)
    return slices.clamp(0, 2.0) * draw(*GAIN)


def _blurred(slices: Tensor, width: int) -> Tensor:
    """Average over squares of `width` (odd) pixels, black around the picture."""
    reach = width // 2
    for axis, margin in ((2, (0, 0, reach, reach)), (3, (reach, reach))):
        n, padded = slices.shape[axis], functional.pad(slices, margin)
        total = padded.narrow(axis, 0, n).clone()
        for step in range(1, width):
            total += padded.narrow(axis, step, n)
        slices = total / width
    return slices


def finer(values: Tensor) -> Tensor:
    """Interpolate the last two axes of (n, channel, h, w) to the grid that the network sees."""
    return functional.interpolate(values, scale_factor=FINER, mode="bilinear", align_corners=False)


def smooth(values: Tensor, size: tuple[int, ...]) -> Tensor:
    """Interpolate a few points (n, channel, h, w) to a whole picture."""
    return functional.interpolate(values, size, mode="bicubic", align_corners=True)


def uniform(
    generator: torch.Generator, device: torch.device, low: float, high: float, *shape: int
) -> Tensor:
    """Draw evenly between two limits."""
    return torch.rand(shape, generator=generator, device=device) * (high - low) + low
