"""All programs, in the order of their files."""

from nn import layer_programs, module_programs, sequence_programs, weight_programs
from nn.program import PROGRAMS as PROGRAMS

FILES = (module_programs, layer_programs, sequence_programs, weight_programs)
