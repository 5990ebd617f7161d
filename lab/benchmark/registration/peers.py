"""Other engines on the same pair, one thread each; those not installed are left out."""

import importlib
import importlib.util
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK

from mri_bme.export.transforms import read_transform
from mri_bme.findings import Registration
from mri_bme.register_visits import register_visits
from mri_bme.volume import RigidTransform, Volume

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SEED = 20
OURS = "mri_bme"
Engine = Callable[[Volume, Volume], Registration | RigidTransform]
"""Peers give a motion; ours gives its quality as well."""


def installed_engines() -> Mapping[str, Engine]:
    """Name every engine that can run here; ours comes first."""
    engines: dict[str, tuple[str, Engine]] = {
        OURS: ("numpy", register_visits),
        "SimpleITK": ("SimpleITK", _simpleitk),
        "greedy": ("picsl_greedy", _greedy),
        "elastix": ("itk.itkElastixRegistrationMethodPython", _elastix),
        "ANTs": ("ants", _ants),
    }
    return {name: run for name, (module, run) in engines.items() if _is_installed(module)}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def itk_image(volume: Volume) -> Any:
    """Hand a volume to ITK: axes column, row, slice."""
    image = SimpleITK.GetImageFromArray(volume.voxels)
    geometry = volume.geometry
    image.SetOrigin(tuple(geometry.points_lps((0, 0, 0))))
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetDirection(tuple(geometry.directions[:, ::-1].ravel()))
    return image


def _simpleitk(fixed: Volume, moving: Volume) -> RigidTransform:
    """Mattes mutual information from the geometric centres, three levels."""
    a, b = itk_image(fixed), itk_image(moving)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(50)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentagePerLevel([0.3, 0.1, 0.05], SEED)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-4, 200, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([6, 3, 1])
    method.SetSmoothingSigmasPerLevel([3, 1.5, 0])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    start = SimpleITK.CenteredTransformInitializer(
        a, b, SimpleITK.Euler3DTransform(), SimpleITK.CenteredTransformInitializerFilter.GEOMETRY
    )
    method.SetInitialTransform(start, inPlace=False)
    return _through_file(method.Execute(a, b))


def _through_file(transform: Any) -> RigidTransform:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.tfm"
        SimpleITK.WriteTransform(transform, str(path))
        return read_transform(path)


def _greedy(fixed: Volume, moving: Volume) -> RigidTransform:
    greedy = importlib.import_module("picsl_greedy").Greedy3D()
    greedy.execute(
        "-i fixed moving -a -dof 6 -m NMI -ia-image-centers -n 100x50x10 -threads 1 -V 0 -o found",
        fixed=itk_image(fixed),
        moving=itk_image(moving),
        found=None,
    )
    return _rigid(RAS_FROM_LPS @ np.asarray(greedy["found"]) @ RAS_FROM_LPS)


def _rigid(matrix: Any) -> RigidTransform:
    """Undo the rounding that float storage leaves in a rotation."""
    exact = np.array(matrix, dtype=np.float64)
    u, _, vt = np.linalg.svd(exact[:3, :3])
    exact[:3, :3] = u @ vt
    return RigidTransform(b_from_a=exact)


def _elastix(fixed: Volume, moving: Volume) -> RigidTransform:
    itk = importlib.import_module("itk")
    parameters = itk.ParameterObject.New()
    rigid = parameters.GetDefaultParameterMap("rigid", 4)
    rigid["AutomaticTransformInitialization"] = ["true"]
    rigid["AutomaticTransformInitializationMethod"] = ["GeometricalCenter"]
    rigid["MaximumNumberOfIterations"] = ["250"]
    rigid["NumberOfSpatialSamples"] = ["2048"]
    rigid["RandomSeed"] = [str(SEED)]
    parameters.AddParameterMap(rigid)
    images = [_through_itk(itk, volume) for volume in (fixed, moving)]
    _, found = itk.elastix_registration_method(
        *images, parameter_object=parameters, number_of_threads=1, log_to_console=False
    )
    result = found.GetParameterMap(0)
    euler = SimpleITK.Euler3DTransform()
    euler.SetCenter([float(v) for v in result["CenterOfRotationPoint"]])
    euler.SetComputeZYX(result["ComputeZYX"][0] == "true")
    euler.SetParameters([float(v) for v in result["TransformParameters"]])
    return _through_file(euler)


def _through_itk(itk: Any, volume: Volume) -> Any:
    image = itk.image_from_array(np.ascontiguousarray(volume.voxels))
    geometry = volume.geometry
    image.SetOrigin([float(v) for v in geometry.points_lps((0, 0, 0))])
    image.SetSpacing([float(v) for v in geometry.spacing_mm[::-1]])
    image.SetDirection(itk.matrix_from_array(np.ascontiguousarray(geometry.directions[:, ::-1])))
    return image


def _ants(fixed: Volume, moving: Volume) -> RigidTransform:
    ants = importlib.import_module("ants")
    images = [
        ants.from_numpy(
            volume.voxels.transpose(2, 1, 0).copy(),
            origin=tuple(volume.geometry.points_lps((0, 0, 0))),
            spacing=volume.geometry.spacing_mm[::-1],
            direction=np.ascontiguousarray(volume.geometry.directions[:, ::-1]),
        )
        for volume in (fixed, moving)
    ]
    found = ants.registration(*images, type_of_transform="Rigid", random_seed=SEED)
    transform = SimpleITK.ReadTransform(found["fwdtransforms"][0])
    return _rigid_of(transform)


def _rigid_of(transform: Any) -> RigidTransform:
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    matrix = np.eye(4)
    matrix[:3, 3] = origin
    for axis in range(3):
        matrix[:3, axis] = np.array(transform.TransformPoint(tuple(np.eye(3)[axis]))) - origin
    return _rigid(matrix)
