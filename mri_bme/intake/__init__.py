"""What comes in: DICOM exports, NIfTI, label maps, joint lines, manifests and clinical tables."""
