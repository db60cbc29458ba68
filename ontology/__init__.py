"""The Filorosso ontology, its vocabularies and its alignments, as Turtle."""
