# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The loop from a source to callbacks, and the clips it is shown (design: scanning.md sections 1, 7, 11)."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import pytest

from kiosk.adapters.camera import CameraSource, CameraState, Frame, Missed, SourceMaker
from kiosk.adapters.camera_choice import source_maker
from kiosk.adapters.camera_opencv import DeviceSource, FolderSource, VideoSource
from kiosk.adapters.scan_loop import ScanListener, ScanLoop
from kiosk.app.scanning import Ambiguous, CodeKind, CodeSeen, Corners, NotOurs, Sighting, Source
from kiosk.app.scanning_hints import Hint
from tests.clips import Show, clip, held_of, render_clip
from tests.clips_cards import card, side_by_side

TEXT = "EP1:LOOP"


@dataclass
class Ear:
    """Hears what the loop says."""

    sightings: list[Sighting] = field(default_factory=list)
    states: list[CameraState] = field(default_factory=list)
    quads: list[Corners | None] = field(default_factory=list)
    hints: list[Hint | None] = field(default_factory=list)
    lights: list[bool] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def state(self, state: CameraState) -> None:
        self.states.append(state)
        if state is CameraState.ENDED:
            self.ended.set()

    def frame(self, frame: Frame, quad: Corners | None) -> None:
        self.quads.append(quad)

    def listener(self) -> ScanListener:
        return ScanListener(self.frame, self.sightings.append, self.state, self.hints.append, self.lights.append)


@dataclass
class Clock:
    now: float = 10.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def nothing() -> CameraSource:
    raise AssertionError("not opened in this test")


def loop(ear: Ear, make: SourceMaker = nothing, *, enrolling: bool = False) -> ScanLoop:
    return ScanLoop(make, Clock(), ear.listener(), enrolling=enrolling, with_zbar=False)


def waited(event: threading.Event, seconds: float) -> None:
    event.wait(seconds)


def frames_of(picture: np.ndarray, seconds: float, start: float = 0.0) -> list[Frame]:
    return [Frame(picture, start + n / 15, n) for n in range(int(seconds * 15))]


def test_a_card_in_the_frames_is_one_sighting_with_its_time_of_capture_and_its_quad() -> None:
    ear = Ear()
    scan = loop(ear)
    for frame in frames_of(card(TEXT, 1).picture, 1, start=5.0):
        scan.look(frame)
    (sighting,) = ear.sightings
    assert isinstance(sighting, CodeSeen)
    assert (sighting.payload, sighting.captured_at, sighting.source) == (TEXT.encode(), 5.0, Source.CAMERA)
    assert all(quad is not None for quad in ear.quads)


def test_two_cards_are_ambiguous_and_the_direction_key_clears_the_view() -> None:
    ear = Ear()
    scan = loop(ear)
    both = side_by_side(card("EP1:A", 1), card("EP1:B", 2)).picture
    scan.look(Frame(both, 0.0, 1))
    scan.look(Frame(card("EP1:A", 1).picture, 1.0, 2))
    scan.clear()
    scan.look(Frame(card("EP1:A", 1).picture, 1.1, 3))
    assert [type(s) for s in ear.sightings] == [Ambiguous, CodeSeen, CodeSeen]


def test_a_text_from_the_hand_scanner_shares_the_cameras_guard() -> None:
    ear = Ear()
    scan = loop(ear)
    sighting = scan.text(TEXT.encode(), Source.WEDGE)
    assert isinstance(sighting, CodeSeen)
    assert sighting.source is Source.WEDGE
    scan.look(Frame(card(TEXT, 1).picture, 10.5, 1))
    assert ear.sightings == []
    assert scan.text(b"https://example.invalid", Source.WEDGE) == NotOurs(10.0, Source.WEDGE)


def test_enrolment_codes_count_only_while_enrolling() -> None:
    scan = loop(Ear(), enrolling=True)
    sighting = scan.text(b"https://office.invalid/e", Source.WEDGE)
    assert isinstance(sighting, CodeSeen)
    assert sighting.kind is CodeKind.ENROLMENT
    scan.enrol(enrolling=False)
    assert isinstance(scan.text(b"https://office.invalid/e", Source.WEDGE), NotOurs)


def test_a_bad_frame_and_a_dark_view_do_not_stop_the_loop_and_the_light_comes_on() -> None:
    ear = Ear()
    scan = loop(ear)
    scan.look(Frame(np.zeros((5, 5, 7), np.uint8), 0.0, 1))
    for frame in frames_of(np.full((480, 640, 3), 40, np.uint8), 2.5):
        scan.look(frame)
    assert ear.lights == [True]
    scan.look(Frame(card(TEXT, 1).picture, 3.0, 99))
    assert len(ear.sightings) == 1


def test_a_video_file_stands_in_for_a_camera_and_ends_without_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    script = [
        Show(card("EP1:FIRST", 1).picture, "easy", 0.7, "IN"),
        Show(card("EP1:SECOND", 2).picture, "lowlight", 0.7, "OUT"),
    ]
    truth = render_clip(script, path, (640, 480), seed=2, lead_s=0.2)
    assert [(shown.payload, shown.tag) for shown in truth] == [(b"EP1:FIRST", "IN"), (b"EP1:SECOND", "OUT")]
    assert all(0 < shown.start < shown.end for shown in truth)
    ear = Ear()
    stop = threading.Event()
    # eight times its own pace: the clock that the source is paced by runs ahead of the wall
    scan = ScanLoop(
        source_maker(str(path), lambda: perf_counter() * 8, lambda seconds: waited(stop, seconds / 8)),
        lambda: perf_counter() * 8,
        ear.listener(),
        with_zbar=False,
    )
    begun = perf_counter()
    scan.start()
    assert ear.ended.wait(20)
    took = perf_counter() - begun
    assert scan.stop()
    assert took > 0.2
    assert ear.states[-1] is CameraState.ENDED
    assert CameraState.LIVE in ear.states
    assert all(state.well for state in ear.states)
    assert {s.payload for s in ear.sightings if isinstance(s, CodeSeen)} <= {b"EP1:FIRST", b"EP1:SECOND"}
    assert ear.sightings


def test_files_are_paced_by_their_own_rate(tmp_path: Path) -> None:
    path = tmp_path / "ten.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for n in range(11):
        writer.write(np.full((48, 64, 3), n * 20, np.uint8))
    writer.release()
    clock = Clock()
    source = VideoSource(path, clock, clock.pause)
    assert source.open((640, 480))
    times = []
    while not isinstance(source.read(), Missed):
        times.append(clock.now)
    assert len(times) == 11
    assert times[-1] - times[0] == pytest.approx(1.0)
    assert source.read() is Missed.ENDED
    source.close()
    assert source.read() is Missed.FAILED


def test_a_folder_of_pictures_stands_in_too(tmp_path: Path) -> None:
    clock = Clock()
    assert not FolderSource(tmp_path / "none", clock, clock.pause).open((1, 1))
    for n in (2, 1):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.full((40, 40, 3), n, np.uint8))
    (tmp_path / "0.png").write_text("broken")
    source = FolderSource(tmp_path, clock, clock.pause)
    assert source.open((1, 1))
    answers = [source.read() for _ in range(4)]
    assert answers[0] is Missed.FAILED
    assert [int(a[0, 0, 0]) for a in answers[1:3] if not isinstance(a, Missed)] == [1, 2]
    assert answers[3] is Missed.ENDED


def test_a_setting_names_its_source(tmp_path: Path) -> None:
    clock = Clock()
    kinds = {
        "0": DeviceSource,
        "/dev/v4l/by-id/usb-cam": DeviceSource,
        str(tmp_path): FolderSource,
        str(tmp_path / "x.avi"): VideoSource,
    }
    for setting, kind in kinds.items():
        assert type(source_maker(setting, clock, clock.pause)()) is kind
    assert not VideoSource(tmp_path / "x.avi", clock, clock.pause).open((1, 1))
    assert not DeviceSource("/dev/no-such-camera").open((640, 480))
    assert DeviceSource("/dev/no-such-camera").read() is Missed.FAILED


def test_clips_are_the_same_by_seed_scenario_and_size() -> None:
    first, again, other = (clip("combo", seed, (320, 240)) for seed in (4, 4, 5))
    assert first.payloads == again.payloads != other.payloads
    assert np.array_equal(first.camera.frame(0.5), again.camera.frame(0.5))
    assert 0 < first.arrival < 1


def test_a_picture_without_a_symbol_is_held_by_its_middle() -> None:
    held = held_of(np.full((300, 200), 255, np.uint8))
    assert held.payloads == ()
    assert np.allclose(held.quad.mean(axis=0), (100, 150))
