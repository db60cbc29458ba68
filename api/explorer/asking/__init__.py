"""The library of questions: the list, the forms, the answers."""
