"""Encrypting RTP with OpenSSL's AES-GCM, called by the compiled code: libsrtp does the same around it at four times the cost,
and that is paid for every packet and receiver.

Keys are derived as RFC 3711 section 4.3 says. What comes in, RTCP and other profiles stay libsrtp's. OpenSSL is the one inside of
pylibsrtp; the functions that are used of it are pinned by tests/media/rtc.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from cffi import FFI
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pylibsrtp import _binding

from media.rtc.compiled import ffi, open_library
from media.rtc.srtp import Outgoing

WINDOW = 256  # packets of a stream after which a lost one cannot leave again without RTX
SALT = 12  # bytes
_KEY, _SALT = 0, 2  # labels of what is derived (RFC 3711 section 4.3.1)

_evp = FFI()
_evp.cdef("""
    const void *EVP_aes_128_gcm(void);
    const void *EVP_aes_256_gcm(void);
    void *EVP_CIPHER_CTX_new(void);
    void EVP_CIPHER_CTX_free(void *);
    int EVP_CipherInit_ex(void *, const void *, void *, const char *, const char *, int);
    int EVP_EncryptUpdate(void *, char *, int *, const char *, int);
    int EVP_EncryptFinal_ex(void *, char *, int *);
    int EVP_CIPHER_CTX_ctrl(void *, int, int, void *);
""")


class _OpenSSL:
    """Raises OSError and AttributeError where the compiled code or one of the functions is missing."""

    def __init__(self) -> None:
        self.seal = open_library().fanout_seal
        self.library = _evp.dlopen(_binding.__file__)
        self.ciphers = {16: self.library.EVP_aes_128_gcm(), 32: self.library.EVP_aes_256_gcm()}
        names = "EVP_CipherInit_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex", "EVP_CIPHER_CTX_ctrl"
        self.functions = ffi.new("struct openssl *", [self.address(name) for name in names])

    def address(self, name: str) -> Any:
        return ffi.cast("void *", int(_evp.cast("size_t", _evp.addressof(self.library, name))))


@cache
def _openssl() -> _OpenSSL | None:
    try:
        return _OpenSSL()
    except (OSError, AttributeError):
        return None


def derived(key: bytes, salt: bytes, label: int, size: int) -> bytes:
    """Bytes of a session key or salt (RFC 3711 section 4.3.3); a salt of 12 bytes is a longer one that ends in zeros."""
    counter = bytearray(salt.ljust(16, b"\0"))
    counter[7] ^= label
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(counter))).encryptor()
    return encryptor.update(bytes(size))


def by_openssl(key: bytes, salt: bytes) -> Outgoing | None:
    """What encrypts RTP with this master key and salt. None: another profile than AES-GCM, or no compiled code."""
    openssl = _openssl()
    if openssl is None or len(salt) != SALT:
        return None
    library, session_key = openssl.library, derived(key, salt, _KEY, len(key))
    cipher = _evp.gc(library.EVP_CIPHER_CTX_new(), library.EVP_CIPHER_CTX_free)
    if not library.EVP_CipherInit_ex(cipher, openssl.ciphers[len(key)], _evp.NULL, session_key, _evp.NULL, 1):
        return None
    seal = ffi.new("struct seal *")
    seal.openssl, seal.cipher = openssl.functions, ffi.cast("void *", int(_evp.cast("size_t", cipher)))
    ffi.memmove(seal.salt, derived(key, salt, _SALT, SALT), SALT)
    function = int(ffi.cast("size_t", ffi.addressof(open_library(), "fanout_seal")))
    return Outgoing(openssl.seal, seal, function, int(ffi.cast("size_t", seal)), (seal, cipher))
