"""Compiling: a function traced once, as a graph, becomes a few native kernels."""
