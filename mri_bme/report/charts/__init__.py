"""Charts, each described once: `svg` puts it into a page, `matplotlib` into a paper."""
