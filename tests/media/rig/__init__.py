"""A bad network and real browsers for tests of the forwarding node: relays that lose, delay and rebind; pages that measure."""
