"""Say where edema is looked for: quadrants, distance to the joint, reference marrow."""

from mri_bme.place_rois.drawn import move_rois
from mri_bme.place_rois.labels import known_bones
from mri_bme.place_rois.place import place_rois
from mri_bme.place_rois.split import split_bones

__all__ = ["known_bones", "move_rois", "place_rois", "split_bones"]
