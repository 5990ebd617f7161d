"""Decide which marrow is bright because it is inflamed, and how sure that is.

The threshold, in units of the subject's own normal marrow, says which voxels are
candidates; rules on position, shape and contrast say which candidates are edema.
"""

from mri_bme.segment_edema.explain import explain_voxel
from mri_bme.segment_edema.segmentation import segment_edema
from mri_bme.segment_edema.thresholds import marrow_threshold

__all__ = ["explain_voxel", "marrow_threshold", "segment_edema"]
