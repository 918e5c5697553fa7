"""Objects under ``s3://`` addresses: read whole, listed by folder, written whole; faults said in words.

This is the only module that knows boto3. Where to look for credentials, region and endpoint is boto3's own
business, so ``AWS_ENDPOINT_URL``, profiles and the role of a machine mean what they mean elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from echelon_lib.domain.errors import DataError, Issue, suggest

if TYPE_CHECKING:
    from pathlib import Path

SCHEME = "s3://"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_MISSING = {"NoSuchKey", "404", "NotFound"}
_FORBIDDEN = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem"}
_NOT_KNOWN = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestExpired"}
_ELSEWHERE = {
    "PermanentRedirect",
    "301",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
}
_EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
_BUSY = {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "503"}


def is_address(place: str | Path) -> bool:
    """Tell whether a place is an address in an object store; a path on disk is none."""
    return isinstance(place, str) and place.strip()[: len(SCHEME)].lower() == SCHEME


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and a key or a prefix in it.

    Parameters
    ----------
    bucket
        The bucket.
    key
        Key or prefix without slashes at its ends; empty for the bucket itself.
    """

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address that a text names.

        Raises
        ------
        DataError
            When the text names no bucket that there could be.
        """
        bucket, _, key = text.strip()[len(SCHEME) :].partition("/")
        if not is_address(text) or not _BUCKET.fullmatch(bucket):
            cure = "write s3://bucket/prefix, with 3 to 63 small letters, digits, dots and hyphens as bucket."
            raise DataError([Issue(f"{text.strip()[:200]!r} is no address of a bucket.", cure=cure)])
        return cls(bucket, key.strip("/"))

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.key.rpartition("/")[2] or self.bucket

    @property
    def parent(self) -> Address:
        """The address without its last part."""
        return Address(self.bucket, self.key.rpartition("/")[0])

    @property
    def prefix(self) -> str:
        """The key as the beginning of the keys below it."""
        return f"{self.key}/" if self.key else ""

    def child(self, name: str) -> Address:
        """Return the address of something below this one."""
        return Address(self.bucket, f"{self.prefix}{name}")

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies directly below a prefix.

    Parameters
    ----------
    files
        Names of the objects, each with what changes when its content does.
    folders
        Names of the prefixes below.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


class ObjectStore:
    """A client of the object store, made when it is needed and safe to use from several threads.

    Raises
    ------
    DataError
        When boto3 is not installed or its settings cannot be used.
    """

    def __init__(self) -> None:
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            cure = 'install it with pip install "echelon[aws]", or copy the files to a folder.'
            raise DataError([Issue("Addresses with s3:// need the package boto3.", cure=cure)]) from None
        settings = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}
        )
        with _in_words(None):
            # A session of its own, so that whoever signs in meanwhile need not start anew.
            self._client: Any = boto3.Session().client("s3", config=settings)

    def read(self, address: Address, *, most: int) -> bytes:
        """Return the content of an object of at most so many bytes.

        Raises
        ------
        DataError
            When it is missing, too large or cannot be read.
        """
        with _in_words(address):
            found = self._client.get_object(Bucket=address.bucket, Key=address.key)
            size = int(found["ContentLength"])
            if size > most:
                found["Body"].close()
                message = f"The object has {size} bytes; at most {most} are read."
                raise DataError([Issue(message, str(address), value=str(size), cure="another was meant?")])
            content: bytes = found["Body"].read()
            return content

    def read_if_there(self, address: Address, *, most: int) -> bytes | None:
        """Return the content of an object, or None when there is none; raises DataError like ``read``."""
        # Whoever may list some prefixes only is refused, and not told, when an object is missing.
        if address.name not in self.listing(address.parent).files:
            return None
        return self.read(address, most=most)

    def listing(self, address: Address) -> Listing:
        """Return what lies directly below a prefix; nothing when there is no such prefix.

        Raises
        ------
        DataError
            When the bucket is missing or may not be listed.
        """
        files: dict[str, str] = {}
        folders: list[str] = []
        start = len(address.prefix)
        with _in_words(address):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=address.bucket, Prefix=address.prefix, Delimiter="/"
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    if entry["Key"][start:]:
                        files[entry["Key"][start:]] = f"{entry['Size']} {entry['ETag']}"
                folders += [entry["Prefix"][start:].rstrip("/") for entry in page.get("CommonPrefixes", ())]
        return Listing(files, tuple(folders))

    def write(self, address: Address, content: bytes, *, only_new: bool = False) -> bool:
        """Write an object; return False when it was to be new and there is one already.

        Raises
        ------
        DataError
            When it cannot be written; the client has tried several times then.
        """
        more = {"IfNoneMatch": "*"} if only_new else {}
        try:
            with _in_words(address):
                self._client.put_object(Bucket=address.bucket, Key=address.key, Body=content, **more)
        except _ExistsAlready:
            return False
        return True

    def beside(self, address: Address) -> Listing:
        """Return what lies beside an address, as far as one may look; it only serves to name what is near."""
        try:
            return self.listing(address.parent)
        except DataError:
            return Listing()


class _Missing(DataError):
    """There is no object at an address."""


class _Forbidden(DataError):
    """Something may not be done; a missing object is said to be so to those who may not list."""


class _ExistsAlready(DataError):
    """There is an object where none was to be."""


def read_object(place: str, *, most: int) -> bytes:
    """Return the content of one object of at most so many bytes; a missing one is named with its likes.

    Raises
    ------
    DataError
        When it is missing, too large or cannot be read.
    """
    address, store = Address.parse(place), ObjectStore()
    try:
        return store.read(address, most=most)
    except (_Missing, _Forbidden) as error:
        beside = store.beside(address)
        if isinstance(error, _Forbidden) and (address.name in beside.files or beside == Listing()):
            raise
        cure = suggest(address.name, beside.files) or "it lies under another prefix?"
        raise DataError([Issue("There is no such object.", str(address), cure=cure)]) from None


@contextmanager
def _in_words(address: Address | None) -> Iterator[None]:
    """Turn whatever boto3 raises into a DataError about the address."""
    from botocore import exceptions as boto

    place = None if address is None else str(address)
    try:
        yield
    except boto.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise _refusal(code, address, error.operation_name) from (
            _unreachable(code) if code in _BUSY else None
        )
    except (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.ProfileNotFound,
        boto.TokenRetrievalError,
        boto.SSOError,
    ):
        cure = "sign in (aws configure, aws sso login), or run where a role is attached."
        raise DataError(
            [Issue("No usable credentials for the object store were found.", place, cure=cure)]
        ) from None
    except (boto.ConnectionError, boto.HTTPClientError, boto.ResponseStreamingError, OSError) as error:
        cure = "the network is down, or AWS_ENDPOINT_URL names another host?"
        message = f"The object store cannot be reached ({type(error).__name__})."
        raise DataError([Issue(message, place, cure=cure)]) from _unreachable(type(error).__name__)
    except boto.BotoCoreError as error:
        message = f"The object store cannot be used ({type(error).__name__})."
        cure = "its settings in the environment or in the files of the AWS command are wrong?"
        raise DataError([Issue(message, place, cure=cure)]) from None


def _unreachable(what: str) -> ConnectionError:
    """Return a cause that marks an error as the machine's and not the data's."""
    return ConnectionError(what)


def _refusal(code: str, address: Address | None, operation: str) -> DataError:
    """Return what a refusal of the service means."""
    place = None if address is None else str(address)
    bucket = "" if address is None else address.bucket
    if code in _MISSING:
        return _Missing([Issue("There is no such object.", place)])
    if code in _EXISTS:
        return _ExistsAlready([Issue("There is such an object already.", place)])
    needed = {"ListObjectsV2": "s3:ListBucket", "PutObject": "s3:PutObject"}.get(operation, "s3:GetObject")
    words: tuple[str, str]
    if code == "NoSuchBucket":
        words = (
            f"There is no bucket {bucket!r}.",
            "the name is spelled otherwise, or it is in another account?",
        )
    elif code in _FORBIDDEN:
        words = (
            f"Permission was refused ({needed}).",
            f"grant {needed} on it to the user or role that runs this.",
        )
    elif code in _NOT_KNOWN:
        words = (
            f"The credentials are not accepted ({code}).",
            "sign in again; they are wrong or have expired.",
        )
    elif code in _ELSEWHERE:
        words = (
            f"The bucket {bucket!r} is in another region ({code}).",
            "set AWS_DEFAULT_REGION to its region.",
        )
    else:
        words = f"The object store refused ({code or 'no reason given'}).", "try again in a minute?"
    kind = _Forbidden if code in _FORBIDDEN else DataError
    return kind([Issue(words[0], place, cure=words[1])])
