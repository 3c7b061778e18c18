# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Bodies that have grown by optional keys: the program before reads the new bytes, this one reads the old (3)."""

import pytest

from kiosk.domain.codec import Json, from_json, to_json
from kiosk.domain.codes import Company, Direction, PlatformRecord, Purpose, Transport
from kiosk.domain.events import SCHEMA, Body, PassageStep, Registration, type_registry
from kiosk.domain.identity import PassageId, PersonId

PASSAGE, PERSON = PassageId("p" * 32), PersonId("q" * 32)
GROWN: tuple[tuple[Body, dict[str, Json]], ...] = (
    (
        Registration(PERSON, "RETURN", region="420000", transport=Transport.TRAIN, companions=3,
                     platform=PlatformRecord.UNREACHABLE),
        {"person": PERSON, "kind": "RETURN", "region": "420000"},
    ),
    (
        PassageStep(PASSAGE, 1, Direction.IN, company=Company.SF, purpose=Purpose.CARE),
        {"passage": PASSAGE, "n": 1, "dir": "IN"},
    ),
)  # fmt: skip
"""A body as it is written now, and the same as the program before wrote it."""


@pytest.mark.parametrize(("now", "before"), GROWN, ids=[body.TYPE for body, _ in GROWN])
def test_the_version_and_the_catalogue_stay_what_they_were(now: Body, before: dict[str, Json]) -> None:
    assert (now.V, SCHEMA) == (1, 1), "an optional key makes no new version: an office that is one older reads it too"
    assert before.items() <= to_json(now).items(), "no key has another meaning than before"


@pytest.mark.parametrize(("now", "before"), GROWN, ids=[body.TYPE for body, _ in GROWN])
def test_what_the_program_before_wrote_is_read(now: Body, before: dict[str, Json]) -> None:
    read = from_json(type_registry[now.TYPE, now.V], before)
    assert to_json(read) == before


@pytest.mark.parametrize(("now", "before"), GROWN, ids=[body.TYPE for body, _ in GROWN])
def test_the_program_before_reads_what_is_new_as_keys_that_it_does_not_know(now: Body, before: dict[str, Json]) -> None:
    unknown = {f"later_{key}": value for key, value in to_json(now).items() if key not in before}
    assert unknown
    assert to_json(from_json(type(now), before | unknown)) == before
