"""Objects in an S3 store. boto3 blocks, so it runs in threads of its own, with short time-outs and a circuit."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from conference.base.clock import Clock
from conference.base.errors import ConferenceError, Conflict, Invalid, NotFound, SettingsError, Unavailable
from conference.base.settings import PREFIX, Settings
from conference.base.storage.circuit import Circuit
from conference.base.storage.port import (
    CHUNK,
    Chunks,
    ObjectFacts,
    OpenUpload,
    Part,
    check_key,
    check_part,
    check_prefix,
    check_range,
    check_seconds,
    disposition,
)

THREADS = 16
CONNECT_SECONDS = 2
READ_SECONDS = 3
ATTEMPTS = 2
PAGE = 1000
"""Keys per listing; no server gives more at a time."""

_REFUSALS: dict[str, tuple[type[ConferenceError], str]] = {
    "404": (NotFound, "object"),
    "NoSuchKey": (NotFound, "object"),
    "NoSuchUpload": (NotFound, "upload"),
    "412": (Conflict, "object_exists"),
    "PreconditionFailed": (Conflict, "object_exists"),
    "ConditionalRequestConflict": (Conflict, "object_exists"),
    "InvalidPart": (Conflict, "part"),
    "InvalidPartOrder": (Conflict, "part"),
    "EntityTooSmall": (Conflict, "part"),
}


def open_s3(settings: Settings, clock: Clock) -> S3Storage:
    """The store of `s3://BUCKET?endpoint=URL&region=R`. Raises SettingsError."""
    parts = urlsplit(settings.storage_url)
    query = parse_qs(parts.query)
    access, secret = settings.storage_access_key.get_secret_value(), settings.storage_secret_key.get_secret_value()
    if not parts.netloc:
        raise SettingsError(f"{PREFIX}STORAGE_URL needs a bucket: s3://BUCKET?endpoint=https://...&region=...")
    if not access or not secret:  # boto3 would go looking for keys on the network
        raise SettingsError(f"{PREFIX}STORAGE_ACCESS_KEY and {PREFIX}STORAGE_SECRET_KEY are needed for an S3 store")
    endpoint = query["endpoint"][0]
    region = query.get("region", ["us-east-1"])[0]
    return S3Storage(
        parts.netloc,
        _client(endpoint, region, access, secret),
        _client(settings.storage_public_url, region, access, secret) if settings.storage_public_url else None,
        Circuit(clock.monotonic),
    )


def _client(endpoint: str, region: str, access: str, secret: str) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=THREADS,
            # Not every S3 server understands the newer checksums; Content-MD5 they all check.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


class S3Storage:
    """Implements ObjectStorage. Addresses are signed for the public client's endpoint, when there is one."""

    def __init__(self, bucket: str, client: Any, public: Any | None, circuit: Circuit) -> None:
        self._bucket = bucket
        self._client = client
        self._public = public or client
        self._circuit = circuit
        self._threads = ThreadPoolExecutor(THREADS, "store")

    @property
    def public_origin(self) -> str:
        parts = urlsplit(self._public.meta.endpoint_url)
        return f"{parts.scheme}://{parts.netloc}"

    async def put(self, key: str, data: bytes | Path, content_type: str, *, if_absent: bool = False) -> ObjectFacts:
        only = {"IfNoneMatch": "*"} if if_absent else {}
        await self._send("put_object", data, Key=check_key(key), ContentType=content_type, **only)
        return await self.head(key)

    async def get(self, key: str) -> bytes:
        _facts, chunks = await self.open_range(key)
        return await chunks.all()

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> tuple[ObjectFacts, Chunks]:
        check_range(start, end)
        whole = (start, end) == (0, None)
        wanted = {} if whole else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
        try:
            answer = await self._call("get_object", Key=check_key(key), **wanted)
        except _OutOfRange:
            raise Invalid("range", size=(await self.head(key)).size) from None
        size = int(answer["ContentRange"].rpartition("/")[2]) if "ContentRange" in answer else int(answer["ContentLength"])
        body = answer["Body"]
        return _facts(answer, size), Chunks(partial(self._read, body.read), body.close, threads=self._threads)

    async def head(self, key: str) -> ObjectFacts:
        answer = await self._call("head_object", Key=check_key(key))
        return _facts(answer, int(answer["ContentLength"]))

    async def delete(self, key: str) -> None:
        await self._call("delete_object", Key=check_key(key))

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        after: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", Prefix=check_prefix(prefix), MaxKeys=PAGE, **after)
            for found in page.get("Contents", ()):
                yield found["Key"]
            if not page.get("IsTruncated"):
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}

    def sign_get(self, key: str, seconds: float, *, filename: str | None = None, content_type: str | None = None) -> str:
        shown = {"ResponseContentDisposition": disposition(filename), "ResponseCacheControl": "private, no-store"}
        if content_type is not None:
            shown["ResponseContentType"] = content_type
        return self._signed("get_object", seconds, Key=check_key(key), **shown)

    async def begin_parts(self, key: str, content_type: str) -> str:
        answer = await self._call("create_multipart_upload", Key=check_key(key), ContentType=content_type)
        return str(answer["UploadId"])

    def sign_part(self, key: str, upload_id: str, number: int, seconds: float) -> str:
        return self._signed("upload_part", seconds, Key=check_key(key), UploadId=upload_id, PartNumber=check_part(number))

    async def put_part(self, key: str, upload_id: str, number: int, data: bytes | Path) -> Part:
        answer, size = await self._send(
            "upload_part", data, Key=check_key(key), UploadId=upload_id, PartNumber=check_part(number)
        )
        return Part(number, size, answer["ETag"].strip('"'))

    async def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        found: list[Part] = []
        after = 0
        while True:
            page = await self._call("list_parts", Key=check_key(key), UploadId=upload_id, MaxParts=PAGE, PartNumberMarker=after)
            found += [Part(part["PartNumber"], part["Size"], part["ETag"].strip('"')) for part in page.get("Parts", ())]
            if not page.get("IsTruncated"):
                return found
            after = page["NextPartNumberMarker"]

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        ordered = sorted(parts, key=lambda part: part.number)
        if not ordered:
            raise Conflict("part")
        listed = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in ordered]
        await self._call("complete_multipart_upload", Key=check_key(key), UploadId=upload_id, MultipartUpload={"Parts": listed})
        return await self.head(key)

    async def abort_parts(self, key: str, upload_id: str) -> None:
        try:
            await self._call("abort_multipart_upload", Key=check_key(key), UploadId=upload_id)
        except NotFound:
            return

    async def list_open_parts(self, prefix: str = "") -> Sequence[OpenUpload]:
        found: list[OpenUpload] = []
        after: dict[str, str] = {}
        while True:
            page = await self._call("list_multipart_uploads", Prefix=check_prefix(prefix), MaxUploads=PAGE, **after)
            found += [
                OpenUpload(one["Key"], one["UploadId"], one["Initiated"].astimezone(UTC)) for one in page.get("Uploads", ())
            ]
            if not page.get("IsTruncated"):
                return found
            after = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    async def ping(self) -> None:
        try:
            await self._call("head_bucket")
        except NotFound:  # an answer to HEAD has no body that could say what is not there
            raise Unavailable("store", reason="NoSuchBucket") from None

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()
        self._public.close()

    def _signed(self, operation: str, seconds: float, **params: Any) -> str:
        params["Bucket"] = self._bucket
        address = self._public.generate_presigned_url(operation, Params=params, ExpiresIn=check_seconds(seconds))
        return str(address)

    async def _call(self, operation: str, **params: Any) -> Any:
        return await self._threaded(partial(self._ask, operation, params))

    async def _send(self, operation: str, data: bytes | Path, **params: Any) -> Any:
        """Call with a body, whose MD5 the server checks. Answer and size."""

        def send() -> tuple[Any, int]:
            if isinstance(data, bytes):
                return self._ask(operation, {**params, "Body": data, "ContentMD5": _md5([data])}), len(data)
            with data.open("rb") as file:
                digest = _md5(iter(partial(file.read, CHUNK), b""))
                size = file.tell()
                file.seek(0)
                return self._ask(operation, {**params, "Body": file, "ContentMD5": digest}), size

        return await self._threaded(send)

    async def _threaded(self, call: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _ask(self, operation: str, params: dict[str, Any]) -> Any:
        with self._guarded():
            return getattr(self._client, operation)(Bucket=self._bucket, **params)

    def _read(self, read: Callable[[int], bytes], size: int) -> bytes:
        with self._guarded():
            return read(size)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """In a thread: refuse while the circuit is open, tell it the outcome, speak the port's errors."""
        self._circuit.enter()
        try:
            yield
        except ClientError as error:
            refusal = _refusal(error)
            if isinstance(refusal, Unavailable) and error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                self._circuit.failed()
            else:
                self._circuit.answered()
            raise refusal from error
        except (BotoCoreError, HTTPError, OSError) as error:
            self._circuit.failed()
            raise Unavailable("store", reason=type(error).__name__) from error
        self._circuit.answered()


class _OutOfRange(Exception):
    """The object has fewer bytes."""


def _refusal(error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in ("InvalidRange", "416"):
        return _OutOfRange()
    if code in _REFUSALS:
        kind, name = _REFUSALS[code]
        return kind(name)
    return Unavailable("store", reason=code or "refused")


def _facts(answer: dict[str, Any], size: int) -> ObjectFacts:
    return ObjectFacts(size, answer["ContentType"], answer["ETag"].strip('"'), answer["LastModified"].astimezone(UTC))


def _md5(blocks: Any) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    for block in blocks:
        md5.update(block)
    return base64.b64encode(md5.digest()).decode()
