"""The viewer: what a browser needs to show visits slice by slice, and the code that shows them."""

from mri_bme.report.viewer.scene import Scene, viewer_scene
from mri_bme.report.viewer.script import viewer_script, viewer_style

__all__ = ["Scene", "viewer_scene", "viewer_script", "viewer_style"]
