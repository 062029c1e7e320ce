"""Pages of what is one's own: devices, second factors, one's data."""
