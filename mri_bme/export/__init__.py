"""What goes out: NIfTI in the way of BIDS, DICOM, transforms and converted series."""
