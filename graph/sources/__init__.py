"""Importers of open data: each turns a publisher's files, as they are published, into triples; nothing here goes to the network."""
