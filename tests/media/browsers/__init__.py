"""The node and real browsers, over networks good and bad."""
