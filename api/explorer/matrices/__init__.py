"""Matrices of two frameworks, and what is in their cells."""
