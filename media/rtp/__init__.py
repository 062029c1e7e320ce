"""RTP and RTCP as plain values: headers, extensions, sequence arithmetic, codec facts. No I/O, no clock (RFC 3550)."""
