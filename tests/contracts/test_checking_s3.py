"""The check from outside and a real S3 server: what was signed for a second is over, and without a signature nothing is read."""

from __future__ import annotations

from urllib.parse import urlsplit

from conference.base.storage import ObjectStorage
from conference.keeping.checking.asking import answers_to
from conference.keeping.checking.listing import OVER_AFTER, SIGNED_SECONDS
from conference.keeping.checking.rules import Kind, Probe, judged


async def test_objects_of_a_bucket_are_asked_for_in_vain(s3: ObjectStorage) -> None:
    await s3.put("cards/a.mp4", b"film", "video/mp4")
    signed, open_still = s3.sign_get("cards/a.mp4", SIGNED_SECONDS), s3.sign_get("cards/a.mp4", 600)
    bare = signed.partition("?")[0]
    probes = [
        Probe(Kind.OBJECT, bare),
        Probe(Kind.SIGNED, signed, shown=bare, after=OVER_AFTER),
        Probe(Kind.SIGNED, open_still, shown=f"{bare} (still valid)"),
    ]
    base = f"{urlsplit(bare).scheme}://{urlsplit(bare).netloc}"
    outcome = judged(probes, await answers_to(base, probes))
    assert outcome.faults == [{"kind": "signed", "address": f"{bare} (still valid)", "answer": "open", "status": 200}]
