"""The functions of fanout.c, where it was built with the package (by deploy/build_hook.py)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cffi import FFI

LIBRARY = Path(__file__).with_name("_fanout.so")
VERSION = 4

ffi = FFI()
ffi.cdef("""
    struct lane {
        void *protect, *context, *name;
        uint32_t timestamp, ssrc, time_word, mid_word;
        uint16_t sequence, picture;
        uint8_t second, tl0, block_size, block[29];
    };
    struct packet {
        const char *payload;
        uint32_t timestamp, time, size;
        uint16_t sequence, picture;
        uint8_t marker, descriptor, picture_bits, tl0, tl0_at;
    };
    struct flow {
        void *session;
        uint32_t ssrc;
        int32_t octets;
        uint16_t packets, next, absorbed;
        uint8_t payload_type, picture, open, name_size, name[28];
    };
    struct taken { int state, flow, size, length, payload; };
    struct openssl { void *begin, *update, *finish, *control; };
    struct stream { uint64_t index; uint32_t ssrc, known; };
    struct seal { struct openssl *openssl; void *cipher; uint8_t salt[12], unused[4]; struct stream streams[64]; };
    int fanout_take(struct flow *, const void *, int, uint32_t, void *, struct packet *, struct taken *);
    int fanout_seal(void *, void *, int *);
    int fanout_version(void);
    int fanout_write(const struct lane *, int, const struct packet *, int, int *, void *);
""")


@cache
def open_library(path: Path = LIBRARY) -> Any:
    """Raises OSError when the library is missing or another version's."""
    library = ffi.dlopen(str(path))
    if library.fanout_version() != VERSION:
        raise OSError(f"{path.name} belongs to another version")
    return library
