"""The local providers beside a stack: up before anybody asks, gone with whoever started them."""

from pathlib import Path

import pytest

from infra.emulator.process import free_port, is_taken
from infra.local_providers.driver import Driver
from infra.providers_process import ProvidersFailed, providers_process, variables


def test_they_answer_while_the_block_lasts_and_not_longer(tmp_path: Path) -> None:
    port = free_port()
    with providers_process(tmp_path, port) as url:
        assert url == f"http://127.0.0.1:{port}"
        assert Driver(url).outbox() == []
        with pytest.raises(ProvidersFailed, match=str(port)), providers_process(tmp_path, port):
            pass
    assert not is_taken(port)


def test_webhooks_of_a_local_stack_may_go_to_this_machine() -> None:
    assert variables() == {"HUILIU_LOCAL_WEBHOOKS": "1"}
