"""The teaching toolbox: what the lessons of "Dive into Deep Learning" import, written anew."""
