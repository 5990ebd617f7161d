"""Measure bone marrow edema of the sacroiliac joints on MRI, and how treatment changes it.

``import mri_bme as bme`` gives the verbs (`read_volume`, `place_rois`, `segment_edema`,
...) and the nouns they work on.
"""

from mri_bme.version import __version__

__all__ = ["__version__"]
