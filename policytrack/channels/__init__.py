"""The kinds of places that alerts are sent to, one module each: a new file here is a new kind, and nothing else."""
