"""Threads: all that passes through a node, or leads from one to another, drawn and told."""
