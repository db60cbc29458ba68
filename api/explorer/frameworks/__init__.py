"""Frameworks: the list, the page of one, its times and its elements."""
