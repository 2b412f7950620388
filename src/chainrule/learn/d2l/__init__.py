"""The package `d2l`: `from d2l import torch as d2l` gives the toolbox of the book."""
