"""The model: ontology, vocabularies, rules, named graphs."""
