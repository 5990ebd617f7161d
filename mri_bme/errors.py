"""What can go wrong, in the words of the field.

Every message says what was found, what was required and what to do. No message
holds a name, a date of birth or a full path.
"""


class MriBmeError(Exception):
    """Anything that `mri_bme` refuses, with a message meant for the user."""


class InvalidGeometry(MriBmeError):
    """A grid that cannot be a scan: singular, sheared, empty or not finite."""


class GeometryMismatch(MriBmeError):
    """Two things that must share a grid do not."""


class InvalidVoxels(MriBmeError):
    """Voxel values that cannot be measured: not finite, wrong shape, constant."""


class UnreadableInput(MriBmeError):
    """A file that cannot be read as what it claims to be."""


class NothingUsable(MriBmeError):
    """An input without a single series that can be measured."""


class InvalidSettings(MriBmeError):
    """A setting, manifest or argument outside its meaning."""


class OutputRefused(MriBmeError):
    """An output that cannot be written: no permission, no space, or in use."""


class NodeUnavailable(MriBmeError):
    """A PACS or other DICOM node that does not answer, or refuses what was asked."""


class WorkersUnavailable(MriBmeError):
    """Worker processes that cannot be started."""


class NotEvaluable(MriBmeError):
    """A measurement that the data do not support; the message is the reason."""


class ReferenceTooSmall(NotEvaluable):
    """Too little normal marrow to say what normal is."""


class RoiNotFound(NotEvaluable):
    """The sacroiliac joints could not be found where they were looked for."""


class GivenRoiUnusable(RoiNotFound):
    """ROIs, bones or joints that the user gave cannot be used, and nothing may stand in."""


class RegistrationFailed(NotEvaluable):
    """Two visits that could not be registered with confidence."""
