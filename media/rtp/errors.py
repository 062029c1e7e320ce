"""The one error of this package."""


class Malformed(ValueError):
    """The bytes are not what the standard describes. The packet is counted and dropped, nothing else."""
