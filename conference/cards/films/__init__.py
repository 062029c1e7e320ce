"""Films on their way to a card: brought in parts, prepared by the worker, shown to their owner."""
