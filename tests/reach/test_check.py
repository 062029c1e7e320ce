"""The connection test with a TURN server: each of its addresses is a way of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.check_page import BLOCK, THROUGH, opened
from tests.browser.room_house import CHROMIUM, staged
from tests.reach.coturn import SECRET, Coturn
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STATES = "items => items.map((item) => [item.dataset.name, item.className])"


async def test_a_network_that_leaves_the_relay_alone(tmp_path: Path, coturn: Coturn) -> None:
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    nobody = f"turn:{coturn.host}:9?transport=udp"
    turn = {"turn_url": f"{coturn.turns},{nobody}", "turn_secret": SECRET}
    # The certificate is of the tests' own authority, which Chromium does not know.
    async with staged(tmp_path, switches=["--ignore-certificate-errors"], media_host=coturn.host, **turn) as stage:
        # What is relayed reaches the node from within; everything that goes to it directly is lost.
        script = BLOCK.replace("return real.call", "if (this.getConfiguration().iceTransportPolicy === 'relay') "
                               "return real.call(this, { type, sdp }); return real.call")  # fmt: skip
        page = await opened(stage, await stage.person("Rela Beispiel"), script % '["udp", "tcp"]')
        await page.click("#test")
        await page.wait_for_selector("#outcome:not([hidden])", timeout=22_000)
        states = await page.eval_on_selector_all("#findings > li", STATES)
        assert states[2:4] == [["udp", "failed"], ["tcp", "failed"]]
        assert states[4][1] in THROUGH
        assert states[5] == ["relay", "failed"]
        assert await page.get_attribute("#verdict", "data-state") == "limits"
        assert "nur über den Vermittler" in await page.inner_text("#verdict")
        report = await page.input_value("#report")
        assert f"TCP {coturn.tls_port}  {coturn.host}" in report
        await stage.close_pages()
