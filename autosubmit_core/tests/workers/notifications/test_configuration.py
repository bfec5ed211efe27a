"""Rules are read as they stand in the file, and what is wrong with them is told by its place."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.api_file import read_api_file
from autosubmit_core.workers.notifications.configuration import read_notifications
from autosubmit_core.workers.notifications.mail import Mail
from autosubmit_core.workers.notifications.rules import Notifications, Threshold
from autosubmit_core.workers.notifications.webhooks import Webhook
from autosubmit_core.workers.settings import read_plans

KEYS = [base64.b64encode(letter * 32).decode() for letter in (b"a", b"b")]
KEY = f"whsec_{KEYS[0]}"
SECRETS = {"KEY": KEY, "PASSWORD": "secret", "SHORT": "whsec_AAAA", "PLAIN": KEYS[0], "BLANK": " "}

README = Path(__file__).resolve().parents[3] / "README.md"


def read(text: str, folder: Path) -> Notifications:
    path = folder / "autosubmit_api.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return read_notifications(read_api_file(path), path, SECRETS)


def key_file(folder: Path, text: str = f"{KEY}\nwhsec_{KEYS[1]}\n") -> Path:
    path = folder / "key"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_the_example_of_the_readme_is_read_as_it_is_meant(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(NOTIFICATIONS:.*?)^```", README.read_text(), re.M | re.S)
    text = text.replace("/run/secrets/hook", str(key_file(tmp_path)))
    told = read(
        text.replace("PASSWORD_FILE: /run/secrets/smtp", "PASSWORD_ENV: PASSWORD"), tmp_path
    )
    assert told.link.endswith("/{expid}")
    trouble, reanalysis = told.rules
    assert trouble.events == {"failed", "died", "stalled"}
    assert reanalysis.only == {"name": ("o*",)}
    assert (trouble.quiet_seconds, reanalysis.quiet_seconds) == (3600, 4 * 3600)
    assert reanalysis.threshold == Threshold("SYPD", "below", 3.0)
    mail, webhook = trouble.channels["mail"], reanalysis.channels["webhook"]
    assert isinstance(mail, Mail)
    assert mail.to == ("{owner}@example.org",)
    assert (mail.server.port, mail.server.security) == (587, "starttls")
    assert (mail.server.user, mail.server.password) == ("autosubmit", "secret")
    assert isinstance(webhook, Webhook)
    assert webhook.keys == (b"a" * 32, b"b" * 32)


@pytest.mark.parametrize("text", ["", "NOTIFICATIONS:\n", "NOTIFICATIONS: {RULES: []}\n"])
def test_without_rules_nobody_is_told_and_nothing_is_done(tmp_path: Path, text: str) -> None:
    assert read(text, tmp_path).rules == ()
    plans = read_plans(tmp_path / "autosubmit_api.yaml")
    assert "notifications" not in [plan.task.name for plan in plans]


def rule(**changed: Any) -> str:
    made = {
        "NAME": "r",
        "ON": "[failed]",
        "WEBHOOK": "{URL: 'https://a.org/', SECRET_ENV: KEY}",
        **changed,
    }
    said = ", ".join(f"{key}: {value}" for key, value in made.items() if value is not None)
    return f"NOTIFICATIONS: {{RULES: [{{{said}}}]}}"


def mailed(smtp: str, to: str = "[a@b.org]") -> str:
    return f"NOTIFICATIONS: {{SMTP: {smtp}, RULES: [{{NAME: r, ON: [died], MAIL: {{TO: {to}}}}}]}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NOTIFICATIONS: [1]", "NOTIFICATIONS has to consist of settings"),
        ("NOTIFICATIONS: {RULE: []}", "NOTIFICATIONS.RULE: there is no such setting"),
        ("NOTIFICATIONS: {LINK: 'javascript:x'}", "NOTIFICATIONS.LINK: must be an address"),
        ("NOTIFICATIONS: {RULES: {}}", "NOTIFICATIONS.RULES: must be a list"),
        ("NOTIFICATIONS: {RULES: [x]}", "NOTIFICATIONS.RULES.0 has to consist of settings"),
        (rule(NAME=None), "RULES.0.NAME: is needed"),
        (rule(ON=None), "RULES.0.ON: a rule needs ON"),
        (rule(ON="failed"), "RULES.0.ON: must be a list"),
        (rule(ON="[failed, broken]"), "RULES.0.ON.1: must be one of created, "),
        (rule(EXPID="a000"), "RULES.0.EXPID: must be a list"),
        (rule(OWNER="[7]"), "RULES.0.OWNER.0: must be a text"),
        (rule(AGAIN_AFTER="0"), "RULES.0.AGAIN_AFTER: must be a whole number, 1 to 10080"),
        (rule(AGAIN_AFTER="true"), "RULES.0.AGAIN_AFTER: must be a whole number"),
        (rule(EVERY="5"), "RULES.0.EVERY: there is no such setting"),
        (rule(THRESHOLD="{METRIC: SPEED, BELOW: 3}"), "THRESHOLD.METRIC: must be one of SYPD, "),
        (rule(THRESHOLD="{METRIC: SYPD}"), "THRESHOLD.BELOW: a threshold needs either"),
        (rule(THRESHOLD="{METRIC: SYPD, BELOW: 1, ABOVE: 2}"), "needs either BELOW or ABOVE"),
        (rule(THRESHOLD="{METRIC: SYPD, BELOW: .nan}"), "THRESHOLD.BELOW: must be a number"),
        (rule(WEBHOOK=None), "RULES.0.WEBHOOK: a rule needs WEBHOOK or MAIL"),
        (rule(WEBHOOK="{SECRET_ENV: KEY}"), "RULES.0.WEBHOOK.URL: is needed"),
        (rule(WEBHOOK="{URL: 'https://a.org/'}"), "WEBHOOK.SECRET_FILE: messages are signed"),
        (rule(WEBHOOK="{URL: 'http://a.org/', SECRET_ENV: KEY}"), "WEBHOOK.URL: must begin with"),
        (rule(WEBHOOK="{URL: 'https://u:p@a.org/', SECRET_ENV: KEY}"), "WEBHOOK.URL: must be an"),
        (rule(WEBHOOK="{URL: 'ftp://a.org/', SECRET_ENV: KEY}"), "WEBHOOK.URL: must be an"),
        (rule(WEBHOOK="{URL: 'https://a.org:x/', SECRET_ENV: KEY}"), "WEBHOOK.URL: must be an"),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET_ENV: NO}"), "there is no environment"),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET_ENV: SHORT}"), "SECRET_ENV: what it names"),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET_ENV: PLAIN}"), "SECRET_ENV: what it names"),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET_ENV: BLANK}"), "messages are signed"),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET_FILE: /no}"), "/no cannot be read"),
        (
            rule(WEBHOOK="{URL: 'https://a.org/', SECRET_FILE: /no, SECRET_ENV: KEY}"),
            "say either SECRET_FILE or SECRET_ENV",
        ),
        (rule(WEBHOOK="{URL: 'https://a.org/', SECRET: x}"), "SECRET_FILE: messages are signed"),
        (rule(MAIL="{TO: [a@b.org]}"), "RULES.0.MAIL.TO: no server takes mail"),
        (mailed("{HOST: h}"), "SMTP.FROM: is needed"),
        (mailed("{FROM: a@b.org}"), "SMTP.HOST: is needed"),
        (mailed("{HOST: h, FROM: nobody}"), "SMTP.FROM: must be an address"),
        (mailed("{HOST: h, FROM: a@b.org, PORT: 70000}"), "SMTP.PORT: must be a whole number"),
        (mailed("{HOST: h, FROM: a@b.org, SECURITY: ssl}"), "SMTP.SECURITY: must be one of"),
        (mailed("{HOST: h, FROM: a@b.org, USER: u}"), "USER and a password go together"),
        (mailed("{HOST: h, FROM: a@b.org, PASSWORD_ENV: KEY}"), "SMTP.PASSWORD_ENV: USER and"),
        (
            mailed("{HOST: h, FROM: a@b.org, USER: u, PASSWORD_ENV: PASSWORD, SECURITY: none}"),
            "SMTP.SECURITY: a password is not sent",
        ),
        (mailed("{HOST: h, FROM: a@b.org}", "[]"), "MAIL.TO: must be a list of addresses"),
        (mailed("{HOST: h, FROM: a@b.org}", "['a@b.org, c@d.org']"), "MAIL.TO.0: must be an"),
        (mailed("{HOST: h, FROM: a@b.org}", "['{group}@b.org', x]"), "MAIL.TO.1: must be an"),
        (mailed("{HOST: h, FROM: a@b.org}", '["a@b.org\\nBcc: c@d.org"]'), "MAIL.TO.0: must be"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationInvalidError) as caught:
        read(text, tmp_path)
    assert said in str(caught.value)
    assert KEYS[0] not in str(caught.value)


def test_two_rules_have_two_names(tmp_path: Path) -> None:
    (one,) = [rule().removeprefix("NOTIFICATIONS: {RULES: [").removesuffix("]}")]
    with pytest.raises(ConfigurationInvalidError, match=r"RULES\.1\.NAME: there is a rule 'r'"):
        read(f"NOTIFICATIONS: {{RULES: [{one}, {one}]}}", tmp_path)


@pytest.mark.parametrize("url", ["http://localhost:8000/", "http://127.0.0.1/x", "http://[::1]/"])
def test_on_this_machine_and_where_it_is_wanted_http_will_do(tmp_path: Path, url: str) -> None:
    assert read(rule(WEBHOOK=f"{{URL: '{url}', SECRET_ENV: KEY}}"), tmp_path).rules
    elsewhere = "{URL: 'http://a.org/', SECRET_ENV: KEY, INSECURE: true}"
    assert read(rule(WEBHOOK=elsewhere), tmp_path).rules


@pytest.mark.parametrize(
    ("mode", "text", "said"),
    [
        (0o644, KEY, "chmod o-rwx,g-w"),
        (0o660, KEY, "chmod o-rwx,g-w"),
        (0o600, "\n", "is empty"),
        (0o600, "\udcff", "it is no text"),
    ],
)
def test_a_secret_is_a_text_that_others_cannot_read(
    tmp_path: Path, mode: int, text: str, said: str
) -> None:
    path = key_file(tmp_path)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(mode)
    with pytest.raises(ConfigurationInvalidError, match=r"WEBHOOK\.SECRET_FILE: .*key") as caught:
        read(rule(WEBHOOK=f"{{URL: 'https://a.org/', SECRET_FILE: {path}}}"), tmp_path)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


def test_who_may_write_the_rules_decides_who_is_told(tmp_path: Path) -> None:
    path = tmp_path / "autosubmit_api.yaml"
    path.write_text(rule())
    path.chmod(0o664)
    with pytest.raises(ConfigurationInvalidError, match="chmod go-w"):
        read_api_file(path)
