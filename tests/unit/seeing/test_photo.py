# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Still photos and `gate-kiosk decode` (design: scanning.md sections 8 and 10)."""

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.adapters.photo import PhotoRead, PhotoRefusal, opened, read_photo
from kiosk.adapters.photo_header import claimed_size
from tests.clips_cards import card, side_by_side, symbol
from ui.cli.decode import printable

TEXT = "EP1:PHOTO"


def saved(path: Path, text: str = TEXT) -> Path:
    cv2.imwrite(str(path), card(text, 1).picture)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm"])
def test_photos_of_every_usual_kind_are_read(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"photo{suffix}")
    picture = card(TEXT, 1).picture
    assert claimed_size(path.read_bytes()) == (picture.shape[1], picture.shape[0])
    read = read_photo(path)
    assert isinstance(read, PhotoRead)
    assert [code.data for code in read.symbols] == [TEXT.encode()]


def test_a_small_file_that_claims_a_huge_picture_is_refused_before_decoding(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    assert opened(path) is PhotoRefusal.TOO_MANY_PIXELS


def test_large_missing_and_foreign_files_are_refused_by_reason(tmp_path: Path) -> None:
    big = tmp_path / "big.jpg"
    with big.open("wb") as file:
        file.truncate(20_000_001)
    assert opened(big) is PhotoRefusal.TOO_LARGE
    assert opened(tmp_path / "none.jpg") is PhotoRefusal.UNREADABLE
    assert opened(tmp_path) is PhotoRefusal.UNREADABLE
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    assert opened(text) is PhotoRefusal.NOT_A_PICTURE
    assert read_photo(text) is PhotoRefusal.NOT_A_PICTURE


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm"])
def test_a_cut_or_garbled_file_is_a_refusal_or_a_picture_never_an_exception(tmp_path: Path, suffix: str) -> None:
    data = saved(tmp_path / f"whole{suffix}").read_bytes()
    dice = np.random.default_rng(1)
    path = tmp_path / f"cut{suffix}"
    for number in range(25):
        if number % 2:
            part = data[: int(dice.integers(0, min(400, len(data))))]
        else:
            garbled = bytearray(data[:60])
            garbled[int(dice.integers(0, 60))] = int(dice.integers(0, 256))
            part = bytes(garbled)
        path.write_bytes(part)
        assert isinstance(opened(path), PhotoRefusal | np.ndarray)


def test_the_turn_in_the_exif_is_respected(tmp_path: Path) -> None:
    picture = card(TEXT, 1).picture
    path = saved(tmp_path / "turned.jpg")
    data = path.read_bytes()
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
    turned = opened(path)
    assert isinstance(turned, np.ndarray)
    assert turned.shape[:2] == (picture.shape[1], picture.shape[0])


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    code = symbol(TEXT)
    clear = np.zeros((*code.shape, 4), np.uint8)
    clear[:, :, 3] = 255 - code
    path = tmp_path / "clear.png"
    cv2.imwrite(str(path), clear)
    read = read_photo(path)
    assert isinstance(read, PhotoRead)
    assert [found.data for found in read.symbols] == [TEXT.encode()]


def test_payloads_are_printed_as_ascii() -> None:
    assert printable(b"EP1:A b~") == "EP1:A b~"
    assert printable("码\t\\\n\x00\x7f".encode()) == r"\xe7\xa0\x81\x09\x5c\x0a\x00\x7f"


def gate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ui.cli.main", "decode", *arguments], capture_output=True, text=True, check=False
    )


def test_decode_prints_a_line_per_code_left_to_right_and_a_dash_for_none(tmp_path: Path) -> None:
    one, none = saved(tmp_path / "one.png"), tmp_path / "none.png"
    cv2.imwrite(str(none), np.full((200, 200, 3), 180, np.uint8))
    two = tmp_path / "two.png"
    cv2.imwrite(str(two), side_by_side(card("EP1:L", 1), card("EP1:R", 2)).picture)
    done = gate(str(one), str(none), str(two))
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == f"{one}\tEP1:PHOTO\n{none}\t-\n{two}\tEP1:L\n{two}\tEP1:R\n"


def test_decode_names_a_bad_file_goes_on_and_exits_2(tmp_path: Path) -> None:
    good, bad = saved(tmp_path / "good.png"), tmp_path / "bad.png"
    bad.write_text("no")
    done = gate(str(bad), str(good), "--json", "--rungs", "zx,clahe")
    assert done.returncode == 2
    assert str(bad) in done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first == {"path": str(bad), "error": "NOT_A_PICTURE"}
    assert second["symbols"][0]["payload"] == "EP1:PHOTO"
    assert second["symbols"][0]["rung"] == "zx"
    assert second["ms"] > 0
    assert gate(str(good), "--rungs", "magic").returncode == 2


def test_decode_loads_no_qt(tmp_path: Path) -> None:
    path = saved(tmp_path / "one.png")
    script = (
        "import sys\nfrom ui.cli.main import PROGRAM, run\n"
        f"run(PROGRAM, ['decode', {str(path)!r}])\n"
        "print([name for name in sys.modules if name.startswith('PySide6')])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
