"""Records the conformance cases from real CPythons; see ../README.md."""
