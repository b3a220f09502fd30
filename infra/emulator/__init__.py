"""The local stack's AWS: ministack in an environment and process of its own, with repairs made when it starts.

`process.py` starts and stops it; everything else runs inside it (`launch.py`) and puts right what the pinned version lacks. Nothing of
ministack is copied here: its functions are wrapped or replaced by name, and each repair checks that what it replaces is there.
"""
