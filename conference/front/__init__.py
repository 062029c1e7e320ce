"""Floor 4: pages that compose several features."""
