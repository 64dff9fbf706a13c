"""What TLS trusts, and shows of itself."""

from __future__ import annotations

import ssl

from station.errors import ConfigError
from station.outbox.settings import MqttSettings, WebhookSettings


def tls_context(settings: WebhookSettings | MqttSettings) -> ssl.SSLContext:
    """A context from the files that the settings name. Raises ConfigError for a wrong one."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise ConfigError(
            "outbox.ca_file is {ca_file}, which cannot be read as certificates ({error}). "
            "Give a PEM file.",
            ca_file=settings.ca_file,
            error=error,
        ) from error
    if settings.cert_file is None:
        return context
    try:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    except OSError as error:
        raise ConfigError(
            "outbox.cert_file {cert_file} and outbox.key_file {key_file} are no "
            "certificate with its key ({error}). Give PEM files; the key without a "
            "password.",
            cert_file=settings.cert_file,
            key_file=settings.key_file,
            error=error,
        ) from error
    return context
