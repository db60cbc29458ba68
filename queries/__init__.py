"""The SPARQL questions, one file each."""
