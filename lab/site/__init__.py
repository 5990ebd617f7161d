"""The documentation as a site: what of it is made from the code, and how links are resolved."""
