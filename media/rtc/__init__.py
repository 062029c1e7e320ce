"""The edge: UDP, ICE-lite, DTLS, SRTP, SDP. The only importer of aiortc, aioice and pylibsrtp."""
