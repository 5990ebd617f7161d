"""Results of one visit as objects of other people's formats: DICOM first of all."""
