"""Floor 0: what browsers learn while a page is open. Outbox, bus, hub and the one WebSocket; knows no feature."""
