"""Makes the sample media of the two demo conferences: ``python -m conference.demo.assets [cards] [clips] [sheets]``.

Everything is drawn, spoken and set here, from the texts of the conference files and of this package:

- ``cards``: the video business cards of the invented initiatives (H.264 and AAC in MP4 with the index in front, 640x360),
  their captions (WebVTT, German and English) and posters (WebP and JPEG), into ``2021/cards`` and ``2024/cards``;
- ``clips``: what is played into the forums as live publishers (VP8 and Opus in WebM), with caption timings, into ``clips``;
- ``sheets``: the results sheets of the 2021 forums (tagged PDF/UA-1) by ``templates/results/sheet.typ``, into ``2021/results``.

Needs the programs ``espeak-ng`` and ``ffmpeg`` (with libx264, libvpx, libopus), the cairo library, and the Python packages
of the extra ``assets``. The outcome is committed, so only somebody who changes texts or drawings runs this. The same
versions of the tools give the same files: pictures are functions of time, nothing is random, no clock is asked.
"""
