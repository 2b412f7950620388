"""The version of chainrule, and that of the PyTorch whose behaviour it follows."""

__version__ = "2.13.0+chainrule"
cuda = None
hip = None
debug = False
git_version = ""

chainrule = "0.1.0"
