"""Lines that show how each command is used; the last lines of its ``--help``."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "run": (
        ("mri-bme run export results", "everything; the same line again resumes"),
        ("mri-bme run export results --dry-run", "what would be done, and how long it takes"),
        ("mri-bme run export results --manifest visits.csv", "files that a table names"),
        ("mri-bme run export results --rois-dir corrected", "with quadrants that were corrected"),
        ("mri-bme run export results --set segment.n_sd=4 --restart", "with another setting"),
        ("mri-bme run export results --shard 3/16", "one part of a job array"),
        ("mri-bme run results --explain sub-01", "where the numbers of a subject come from"),
    ),
    "inspect": (
        ("mri-bme inspect export", "what would be measured, and why the rest would not"),
        ("mri-bme inspect export --json", "the same for a program"),
    ),
    "convert": (("mri-bme convert export nifti", "every MR series, and nifti/series.csv"),),
    "rois": (
        ("mri-bme rois stir.nii.gz --out rois.nii.gz", "found by the network"),
        (
            "mri-bme rois stir --t1 t1 --out rois.nii.gz --reference-out marrow.nii.gz",
            "folders of DICOM; with T1W, and the mask of normal marrow",
        ),
        ("mri-bme rois stir.nii.gz --bones bones.nii.gz --out rois.nii.gz", "of a bone map"),
        ("mri-bme rois stir.nii.gz --joint joint.mrk.json --out rois.nii.gz", "beside drawn lines"),
    ),
    "segment": (
        ("mri-bme segment stir.nii.gz --rois rois.nii.gz --out edema.nii.gz", "mask and mL"),
        (
            "mri-bme segment stir.nii.gz --rois rois.nii.gz --out mask.nii.gz --set segment.n_sd=4",
            "with another setting",
        ),
    ),
    "register": (
        ("mri-bme register baseline.nii.gz week14.nii.gz --out motion.tfm", "an ITK transform"),
        (
            "mri-bme register baseline week14 --out motion.tfm --picture motion.png",
            "with a picture to check it by",
        ),
    ),
    "report": (
        ("mri-bme report results", "every page again, nothing measured again"),
        ("mri-bme report results --figure all", "every figure, as SVG and PNG at 300 dpi"),
        ("mri-bme report results --figure waterfall --format pdf", "a figure for a paper"),
        ("mri-bme report results --read-by consensus", "tables and pages as readers have them"),
        ("mri-bme report results --figure change --subject sub-01", "the same for one subject"),
    ),
    "agreement": (("mri-bme agreement results", "tables and a page in results/agreement"),),
    "learn": (
        ("mri-bme learn results", "what readers overrule, and settings in results/learn"),
        ("mri-bme run export tried --config results/learn/proposed.toml", "try what it proposes"),
    ),
    "stats": (
        ("mri-bme stats results", "tables and a page in results/stats"),
        (
            "mri-bme stats results --clinical scores.csv --arm treatment --control placebo",
            "two arms of a trial",
        ),
    ),
    "export": (
        ("mri-bme export results objects --as dicom --with-images", "SEG, report and pictures"),
        (
            "mri-bme export results objects --as dicom --identified --source export",
            "for the PACS that the scans came from",
        ),
        ("mri-bme export results slicer --as nrrd", "for 3D Slicer"),
    ),
    "fetch": (
        ("mri-bme fetch export --from archive --nodes nodes.toml --patient 4711", "one patient"),
        (
            "mri-bme fetch export --from archive --nodes nodes.toml --list studies.csv --dry-run",
            "what a list would bring",
        ),
    ),
    "send": (
        ("mri-bme send objects --to archive --nodes nodes.toml", "what `mri-bme export` wrote"),
    ),
    "listen": (
        ("mri-bme listen results --port 11112 --allow SCANNER1", "on this machine only"),
        (
            "mri-bme listen results --port 11112 --host 0.0.0.0 --nodes nodes.toml",
            "known nodes, with results sent where the table says",
        ),
    ),
    "phantom": (
        ("mri-bme phantom demo --scenario partial --seed 3", "one subject with known edema"),
        ("mri-bme phantom cohort --n 20 --vendor any --jobs 2", "a cohort of all scenarios"),
        ("mri-bme phantom demo --contrast bloch --sequence spair --field 3", "by physics"),
        (
            "mri-bme phantom demo --surfaces bones --seed 3",
            "on surfaces of your own",
        ),
    ),
    "verify": (
        ("mri-bme verify verification --quick", "the protocol of the sample, in minutes"),
        ("mri-bme verify verification --like stir.nii.gz --jobs 4", "the protocol of a scan"),
        ("mri-bme verify verification --repeats pairs.csv", "with real subjects scanned twice"),
        ("mri-bme verify verification --surfaces bones", "on bones of your own"),
        ("mri-bme verify verification --config mine.toml", "as `run` measures with these settings"),
    ),
    "sample-size": (
        (
            "mri-bme sample-size --baseline 6 --baseline-sd 8 --treated 60 --control 15",
            "subjects per arm for each analysis, with the shipped precision",
        ),
        (
            "mri-bme sample-size --baseline 6 --baseline-sd 8 --treated 60 --without-edema 30 "
            "--config verification/detectable.toml --dropout 10",
            "a third without edema; precision of your own protocol",
        ),
    ),
    "settings": (
        ("mri-bme settings", "all of them"),
        ("mri-bme settings segment.n_sd", "one of them"),
        ("mri-bme settings --toml > mine.toml", "a file for --config"),
    ),
    "read": (
        ("mri-bme read results", "a room in which you look, correct and score"),
        ("mri-bme read results --task blinded.toml", "one link for every reader of a task"),
    ),
    "doctor": (("mri-bme doctor", "what is missing, and what to do about it"),),
}

OF_ALL = (
    "Every command also takes --quiet, --verbose and --debug. Completion of words in your shell: "
    "`mri-bme --install-completion`."
)


def epilog(command: str | None) -> str:
    """Write what stands below the options of a command, or of all of them."""
    if command is None:
        return "Explain a command: `mri-bme COMMAND --help`. " + OF_ALL
    examples = EXAMPLES.get(command, ())
    shown = [text for line, what in examples for text in (f"  {line}", f"      {what}")]
    return "\n\n".join(("\b\nExamples:\n" + "\n".join(shown), OF_ALL))
