# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's private certificate authority and the server's certificate (trust.md section 5; sync-and-store.md 4).

Each gate pins this one CA at enrolment by the SHA-256 of its DER bytes; no public CA is ever trusted. P-256, CA 10
years, server certificate 1 year, to be renewed a month before its end.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_YEARS = 10
SERVER_DAYS = 365
RENEW_DAYS = 30
_SERIAL_BYTES = 16
_BACKDATED = dt.timedelta(days=1)
"""A gate whose clock lies a little behind must still find a new certificate valid."""


@dataclass(frozen=True, slots=True)
class Authority:
    """证书机构: certificate and private key of the office's own CA."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        """The certificate as PEM, as `GET /v1/ca` gives it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def sha256(self) -> str:
        """What the enrolment QR holds: SHA-256 of the DER bytes, hex."""
        return ca_hash(self.certificate)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """服务器证书: PEM of the certificate and of its private key."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)


def ca_hash(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate's DER bytes, hex."""
    return sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def new_authority(name: str, now_ms: int, random: bytes) -> Authority:
    """Make the CA of a street; `random` 16 bytes for the serial number."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Gatehouse {name} CA"[:64])])
    now = _utc(now_ms)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(_serial(random))
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def new_server_certificate(
    authority: Authority, hosts: Iterable[str], now_ms: int, random: bytes, *, days: int = SERVER_DAYS
) -> ServerCertificate:
    """A server certificate for these host names and IP addresses (subject alternative names), valid from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [_san(host) for host in hosts]
    now = _utc(now_ms)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate-office")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(_serial(random))
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return ServerCertificate(certificate.public_bytes(serialization.Encoding.PEM), private_pem(key))


def needs_renewal(certificate_pem: bytes, hosts: Iterable[str], now_ms: int) -> bool:
    """Whether the server certificate ends within a month or lacks one of the hosts."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    held = {str(name.value) for name in names}
    soon = _utc(now_ms) + dt.timedelta(days=RENEW_DAYS)
    return certificate.not_valid_after_utc <= soon or not set(hosts) <= held


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as unencrypted PEM (the file is 0600)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_authority(certificate_pem: bytes, key_pem: bytes) -> Authority:
    """The CA as read back from its two files. Raises `ValueError` for files that are not its."""
    key = serialization.load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        message = "not a P-256 key"
        raise ValueError(message)  # noqa: TRY004 - what is wrong is the file
    return Authority(x509.load_pem_x509_certificate(certificate_pem), key)


def _san(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serial(random: bytes) -> int:
    return int.from_bytes(random[:_SERIAL_BYTES]) >> 1 or 1


def _utc(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
