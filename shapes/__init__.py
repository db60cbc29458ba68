"""The SHACL shapes, one file a class."""
