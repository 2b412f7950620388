"""What a new process of a run imports in place of the program: the same program, the same way.

multiprocessing executes this module as `__mp_main__` and keeps the names it leaves behind.
"""

import sys

from chainrule.compat.runner import prepare, resumed

prepare()
if program := resumed():
    sys.argv[0] = program.name
    program.run(sys.modules[__name__])
