"""An export as a folder or a zip file, read in place; a zip is trusted with neither its names nor its sizes."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from support_metrics.errors import SourceError
from support_metrics.sources.files import JUNK
from support_metrics.sources.reading import AGAIN, readable

MOST_BYTES = 64 << 30
MOST_BYTES_OF_ONE = 2 << 30
MOST_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
SIGNATURE = b"PK"


class Archive(ABC):
    """Files by name below one folder. `root` is where the export begins: the top, or the one folder that wraps it."""

    def __init__(self, path: Path, name: str, marks: Collection[str]) -> None:
        self.path, self.name = path, name
        self.root = self._find_root(marks)

    def label(self, member: str) -> str:
        """What errors call a member."""
        return f"{self.name}/{self.root}{member}"

    @abstractmethod
    def members(self, folder: str = "") -> list[str]:
        """Names of the files directly in a folder, sorted."""

    @abstractmethod
    def read(self, member: str) -> bytes:
        """The whole content of a member."""

    @abstractmethod
    def contents(self, members: Collection[str]) -> Iterator[tuple[str, Path]]:
        """What tells whether these members changed."""

    def close(self) -> None:  # noqa: B027 - a folder has nothing to let go of
        """Let go of the file."""

    @abstractmethod
    def _roots(self) -> Iterator[str]:
        """Where the export may begin, the top first."""

    def _find_root(self, marks: Collection[str]) -> str:
        wrapped = []
        for root in self._roots():
            self.root = root
            if any(mark in marks for mark in self.members()):
                if not root:
                    return root
                wrapped.append(root)
        if len(wrapped) == 1:
            return wrapped[0]
        self.root = ""
        raise SourceError(f"{self.name}: holds no {' or '.join(marks)}, so it is no export", "name the folder or zip file that Slack made")


class Folder(Archive):
    def _roots(self) -> Iterator[str]:
        yield ""
        with readable(self.name), os.scandir(self.path) as entries:
            yield from (f"{entry.name}/" for entry in sorted(entries, key=lambda entry: entry.name) if entry.is_dir())

    def members(self, folder: str = "") -> list[str]:
        path = self.path / self.root / folder
        if not path.is_dir():
            return []
        with readable(self.label(folder)), os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if not _is_junk(entry.name) and entry.is_file())

    def read(self, member: str) -> bytes:
        with readable(self.label(member)):
            return (self.path / self.root / member).read_bytes()

    def contents(self, members: Collection[str]) -> Iterator[tuple[str, Path]]:
        return ((member, self.path / self.root / member) for member in members)


class Zip(Archive):
    def __init__(self, path: Path, name: str, marks: Collection[str], setting: str) -> None:
        try:
            with readable(name):
                self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            if _begins(path, name) != SIGNATURE:
                mend = f"correct {setting}, or {AGAIN}"
                raise SourceError(f"{name}: is no zip file: it does not begin as one", mend) from error
            raise SourceError(f"{name}: is no sound zip file: {error}", AGAIN) from error
        self._size = path.stat().st_size
        self._bytes = 0
        self._folders: dict[str, dict[str, zipfile.ZipInfo]] = {}
        for info in self._zip.infolist():
            _refuse_escape(info.orig_filename, name)
            *folders, file = PurePosixPath(info.filename).parts or [""]
            if file and not info.is_dir() and not any(_is_junk(part) for part in (*folders, file)):
                self._folders.setdefault("".join(f"{folder}/" for folder in folders), {})[file] = info
        super().__init__(path, name, marks)

    def _roots(self) -> Iterator[str]:
        yield ""
        yield from sorted({f"{folder.split('/')[0]}/" for folder in self._folders if folder})

    def members(self, folder: str = "") -> list[str]:
        return sorted(self._folders.get(self.root + (f"{folder}/" if folder else ""), ()))

    def read(self, member: str) -> bytes:
        """A member's bytes. The zip module returns no more than the size its directory states and checks the sum, so sizes bind."""
        folder, _, file = (self.root + member).rpartition("/")
        info = self._folders[f"{folder}/" if folder else ""][file]
        self._bytes += info.file_size
        if (
            self._bytes > MOST_BYTES
            or info.file_size > MOST_BYTES_OF_ONE
            or (self._bytes > RATIO_COUNTS_FROM and self._bytes > MOST_RATIO * self._size)
            or (info.file_size > RATIO_COUNTS_FROM and info.file_size > MOST_RATIO * info.compress_size)
        ):
            raise SourceError(
                f"{self.label(member)}: the zip file expands without reasonable end", "unpack and check it by hand; do not trust it"
            )
        try:
            with readable(self.label(member)):
                return self._zip.read(info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
            why = "is encrypted" if info.flag_bits & 1 else f"cannot be unpacked: {error}"
            raise SourceError(f"{self.label(member)}: {why}", AGAIN) from error

    def contents(self, members: Collection[str]) -> Iterator[tuple[str, Path]]:
        return iter([("", self.path)])

    def close(self) -> None:
        self._zip.close()


def open_archive(path: Path, name: str, marks: Collection[str], setting: str) -> Archive:
    """The export at `path`, which `setting` names, recognised by a file of one of the names `marks` at its top.

    Raises SourceError where there is none.
    """
    return Folder(path, name, marks) if path.is_dir() else Zip(path, name, marks, setting)


def _begins(path: Path, name: str) -> bytes:
    with readable(name), path.open("rb") as file:
        return file.read(len(SIGNATURE))


def _is_junk(name: str) -> bool:
    return name in JUNK or name.startswith("._")


def _refuse_escape(member: str, name: str) -> None:
    plain = member.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/") or "\0" in plain:
        raise SourceError(f"{name}: the zip file names {member!r}, outside its own folder", "do not trust it; have the export made again")
