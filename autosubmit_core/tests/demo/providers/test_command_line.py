from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from urllib.request import urlopen

from autosubmit_core.api.settings import read_settings


def test_one_command_serves_all_three_and_says_how_a_server_is_told() -> None:
    command = [sys.executable, "-m", "autosubmit_core.demo.providers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as providers:
        assert providers.stdout is not None
        lines = [providers.stdout.readline() for _ in range(10)]
        told = dict(word.split("=", 1) for word in shlex.split(" ".join(lines)) if word != "export")
        try:
            # A server takes them as they are.
            settings = read_settings([], told)
            assert settings.has_login()
            with urlopen(told["CAS_SERVER_URL"] + "login?service=http://127.0.0.1/") as page:
                assert b"no real login" in page.read()
            with urlopen(told["OIDC_ISSUER"] + "/.well-known/openid-configuration") as answer:
                assert json.load(answer)["issuer"] == told["OIDC_ISSUER"]
        finally:
            providers.send_signal(signal.SIGTERM)
        assert providers.wait(timeout=10) == 0
