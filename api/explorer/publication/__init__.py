"""The publication: sources and licences, catalogue, datasets, files."""
