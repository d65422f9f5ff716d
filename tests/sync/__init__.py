"""The engine by itself, with toy kinds of record."""
