"""``python -m mri_bme.record``: the page on the columns of every table."""

import sys

from mri_bme.record.documentation import columns_page

sys.stdout.write(columns_page())
