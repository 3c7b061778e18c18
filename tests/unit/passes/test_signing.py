# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every pass the issuer can make fits its symbol and verifies; what no gate would take is never signed."""

from dataclasses import replace

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.codes import CATEGORIES, Category
from kiosk.domain.passes import NEVER_IN_PASS, TEMPORARY, WITH_HOUSEHOLD, BadClaimsError, EntryPass, sign_pass
from kiosk.domain.passes.entry_pass import ClaimsFault, claims_bytes, read_claims
from tests.unit.passes.forge import cose_of
from tests.unit.trust.street import CARD, DAY, GATE_KID, ISSUER, NOW, VISIT, private

EARLIEST, LATEST = 1_577_836_800, 2**32 - 1
SIGN = private("issuer").sign


@st.composite
def passes(draw: st.DrawFn, *, by_gate: bool = False) -> EntryPass:
    """Any pass over the whole of all field ranges."""
    kinds = TEMPORARY if by_gate else set(CATEGORIES) - NEVER_IN_PASS
    category = draw(st.sampled_from(sorted(kinds)))
    nbf = draw(st.integers(EARLIEST, LATEST - 1))
    longest = min(DAY if by_gate else 45 * DAY, LATEST - nbf)
    household = category in WITH_HOUSEHOLD and not by_gate
    return EntryPass(
        draw(st.binary(min_size=8, max_size=8)),
        draw(st.integers(1, 9999)),
        Category(category),
        nbf,
        nbf + draw(st.integers(1, longest)),
        draw(st.binary(min_size=4, max_size=4)) if household else None,
        draw(st.integers(1, 9)) if household else None,
        None if by_gate else draw(st.none() | st.integers(1, 254)),
    )


def fits(text: str) -> bool:
    code = segno.make_qr(text, error="q", boost_error=False)
    return (
        169 <= len(text) <= 189
        and 110 <= len(cose_of(text)) <= 123
        and code.mode == "alphanumeric"
        and int(code.version) <= 9
    )


@given(passes(), st.integers(1, 0xDF))
@settings(max_examples=80, deadline=None)
def test_every_office_pass_fits_its_symbol_and_reads_back(entry: EntryPass, kid: int) -> None:
    text = sign_pass(entry, bytes([kid]), SIGN)
    assert fits(text)
    assert read_claims(claims_bytes(entry), by_gate=False) == entry


@given(passes(by_gate=True), st.binary(min_size=2, max_size=2))
@settings(max_examples=30, deadline=None)
def test_every_temporary_pass_fits_its_symbol_and_reads_back(entry: EntryPass, kid: bytes) -> None:
    assert fits(sign_pass(entry, kid, SIGN))
    assert read_claims(claims_bytes(entry), by_gate=True) == entry


def test_the_longest_pass_fills_the_symbol_exactly() -> None:
    entry = EntryPass(bytes(8), 9999, Category.NEW_TENANT, LATEST - DAY, LATEST, bytes(4), 9, 254)
    text = sign_pass(entry, ISSUER, SIGN)
    assert len(text) == 189
    assert segno.make_qr(text, error="q", boost_error=False).version == 9


@pytest.mark.parametrize(
    "changes",
    [
        {"cti": b"short"},
        {"site": 0},
        {"site": 10_000},
        {"nbf": 0},
        {"exp": 2**32},
        {"exp": CARD.nbf},
        {"exp": CARD.nbf + 45 * DAY + 1},
        {"hh": None},
        {"card": None},
        {"hh": None, "card": None},
        {"card": 10},
        {"hh": b"12345"},
        {"gates": 0},
        {"gates": 255},
        {"gates": 256},
        {"category": Category.COURIER},
        *({"category": category} for category in sorted(NEVER_IN_PASS)),
        {"site": True},
    ],
    ids=str,
)
def test_claims_that_no_gate_would_take_are_not_signed(changes: dict[str, object]) -> None:
    with pytest.raises(BadClaimsError):
        sign_pass(replace(CARD, **changes), ISSUER, SIGN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [{"exp": VISIT.nbf + DAY + 1}, {"category": Category.COURIER}, {"gates": 1}, {"hh": b"1234", "card": 1}],
    ids=str,
)
def test_a_gate_signs_nothing_but_a_temporary_pass(changes: dict[str, object]) -> None:
    with pytest.raises(BadClaimsError):
        sign_pass(replace(VISIT, **changes), GATE_KID, SIGN)  # type: ignore[arg-type]


@pytest.mark.parametrize("kid", [b"", b"123"])
def test_a_kid_has_one_byte_or_two(kid: bytes) -> None:
    with pytest.raises(BadClaimsError):
        sign_pass(CARD, kid, SIGN)


def test_the_mask_of_all_gates_of_the_compound_is_never_written() -> None:
    assert sign_pass(replace(CARD, gates=2), ISSUER, SIGN, gates_of_site=2)
    with pytest.raises(BadClaimsError):
        sign_pass(replace(CARD, gates=3), ISSUER, SIGN, gates_of_site=2)


def test_validity_begins_between_the_issue_and_seven_days_later() -> None:
    issued = [CARD.nbf, CARD.nbf - 7 * DAY]
    assert all(sign_pass(CARD, ISSUER, SIGN, issued_at=at) for at in issued)
    for at in (CARD.nbf + 1, CARD.nbf - 7 * DAY - 1):
        with pytest.raises(BadClaimsError):
            sign_pass(CARD, ISSUER, SIGN, issued_at=at)


def test_a_pass_has_no_room_for_anything_about_the_person() -> None:
    assert set(CARD.__slots__) == {"cti", "site", "category", "nbf", "exp", "hh", "card", "gates"}
    assert CARD.pass_id == "0102030405060708"
    assert NOW in range(CARD.nbf, CARD.exp)
    assert read_claims(b"", by_gate=False) is ClaimsFault.WRONG
