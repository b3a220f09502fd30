"""Huiliu: the rooms of the ring, from accepted events to people."""

import gc

# Modules and models are made once and stay: looking for garbage while they load takes a tenth of a cold start and finds none. What a
# request leaves behind is freed by reference counts; the few cycles can wait.
gc.set_threshold(200_000, 10, 10)
