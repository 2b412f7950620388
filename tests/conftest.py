"""What every test shares: no window is opened, random examples repeat, kernels stay with us."""

import os
from pathlib import Path

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
os.environ["CHAINRULE_CACHE"] = str(Path(__file__).parent.parent / ".pytest_cache" / "kernels")
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("repeatable")
