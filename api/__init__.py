"""Filorosso's ways in: the command line and the web service."""
