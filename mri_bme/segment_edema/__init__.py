"""Decide which marrow is bright because it is inflamed, and how sure that is.

The threshold, in units of the subject's own normal marrow, says which voxels are
candidates; a network that learned from readers says which of them are edema, or, where the
settings want it, rules on position, shape and contrast.
"""

from mri_bme.segment_edema.explain import explain_voxel
from mri_bme.segment_edema.inputs import weigh_inputs
from mri_bme.segment_edema.segmentation import segment_edema
from mri_bme.segment_edema.thresholds import marrow_threshold

__all__ = ["explain_voxel", "marrow_threshold", "segment_edema", "weigh_inputs"]
