"""Which scenarios of emulated hosts a run plays: with ANCHOKO_SCENARIOS=all every one, else every third."""

import os


def chosen(scenarios, one_of=3):
    """scenarios: a list. The same ones every time, so that a failure can be repeated."""
    return scenarios if os.environ.get("ANCHOKO_SCENARIOS") == "all" else scenarios[::one_of]
