"""Loaded first by the server that workers are forked from: collects nothing while it loads.

Modules stay, so a look for what of them could be freed costs a sixth of loading them and finds
nothing. A worker collects again (`pool`).
"""

import gc

gc.disable()
