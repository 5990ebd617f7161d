"""What several verbs do to intensities, in one place each."""
