"""What a program for PyTorch finds: the import hook, the runner and old spellings."""

from .hook import install as install
