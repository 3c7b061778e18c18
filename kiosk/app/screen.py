# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a verdict looks and sounds like (判定外观), as one table (design: interface.md section 4).

`verdict_look` is pure and total over all pairs of verdict and reason. Word, shape and sound each tell the class alone;
colour never does. The reasons of the neutral table carry a neutral word, line and sound: the queue must not learn who
has a fever, who is isolated, or whose code is not green. The exact text stands in the staff panel, filled by the desk.
"""

from dataclasses import replace

from kiosk.app.views import CodeView, Line, Look, LookClass, Mark, PassageView, Shape, StatusView, Tone
from kiosk.domain.codes import Direction, Reason, ScanResult, Verdict

_V, _R, _C, _S = Verdict, Reason, LookClass, Shape

CLASS_OF_VERDICT: dict[Verdict, LookClass] = {
    _V.ADMIT: _C.GO,
    _V.ADMIT_REGISTER: _C.STEP,
    _V.ADMIT_ESCORT: _C.ESCORT,
    _V.WAIT: _C.WAIT,
    _V.LEADER: _C.LEADER,
    _V.REDIRECT: _C.ELSEWHERE,
    _V.HOLD: _C.STOP,
    _V.REFUSE: _C.STOP,
    _V.REFUSE_EXIT: _C.STOP,
    _V.EMERGENCY: _C.EMERGENCY,
}
"""判定对应的外观类别; LEADER is split further by its reason."""

UNKNOWN_REASONS = frozenset({_R.PASS_UNKNOWN, _R.NO_PASS})
"""名单里没有的原因: with LEADER they are "not in our list", which is another look than "a rule said no"."""

CANNOT_REASONS = frozenset({_R.CLOCK_BAD, _R.LIST_STALE, _R.CHECK_FAILED})
"""无法核验的原因: with LEADER it is we who failed, not the person."""

ASIDE_REASONS = frozenset({_R.FEVER, _R.ISOLATION_BREACH, _R.CODE_RED, _R.CENTRAL_NEEDED})
"""中性原因, 请到旁边等候."""

QUIET_REASONS = frozenset({_R.ISOLATION_EXIT, _R.RELEASE_PENDING, _R.CODE_YELLOW, _R.CODE_NOT_SHOWN, _R.CODE_LAG})
"""中性原因, 请稍候."""

ESCORTED_REASONS = frozenset({_R.RETURN_FROM_PERMIT, _R.FIRST_RETURN_KEY})
"""中性原因, 请稍候,有人陪您回家."""

NEUTRAL_REASONS = ASIDE_REASONS | QUIET_REASONS | ESCORTED_REASONS
"""中性原因: never named in the large area, never spoken."""

SHAPES: dict[LookClass, Shape] = {
    _C.GO: _S.CIRCLE_TICK,
    _C.STEP: _S.CLIPBOARD,
    _C.ESCORT: _S.HOUSE,
    _C.WAIT: _S.TRIANGLE,
    _C.LEADER: _S.HEXAGON_HAND,
    _C.UNKNOWN: _S.HEXAGON_PERSON,
    _C.ELSEWHERE: _S.DIAMOND_ARROW,
    _C.STOP: _S.OCTAGON,
    _C.CANNOT: _S.DASHED_SQUARE,
    _C.EMERGENCY: _S.DOUBLE_CHEVRON,
}
"""外观类别的形状."""

_TONES: dict[LookClass, Tone] = {
    _C.GO: Tone.T1,
    _C.STEP: Tone.T3,
    _C.ESCORT: Tone.T3,
    _C.WAIT: Tone.T3,
    _C.LEADER: Tone.T4,
    _C.UNKNOWN: Tone.T4,
    _C.ELSEWHERE: Tone.T3,
    _C.STOP: Tone.T5,
    _C.CANNOT: Tone.T6,
    _C.EMERGENCY: Tone.T2,
}
_WORDS: dict[LookClass, str] = {
    _C.GO: "word.GO",
    _C.STEP: "word.STEP",
    _C.ESCORT: "word.WAIT",
    _C.WAIT: "word.WAIT",
    _C.LEADER: "word.LEADER",
    _C.UNKNOWN: "word.UNKNOWN",
    _C.ELSEWHERE: "word.ELSEWHERE",
    _C.STOP: "word.STOP",
    _C.CANNOT: "word.CANNOT",
    _C.EMERGENCY: "word.EMERGENCY",
}

# (verdict, reason) -> word, line, phrase where a reason says more than its class; None: as the class has it
_SPECIAL: dict[tuple[Verdict, Reason], tuple[str | None, str | None, str | None]] = {
    (_V.WAIT, _R.NEED_TEMP): ("word.MEASURE", None, "phrase.measure"),
    (_V.WAIT, _R.RECHECK_FEVER): (None, "line.rest", "phrase.rest"),
    (_V.WAIT, _R.RECHECK_LOW): ("word.AGAIN", "line.again", "phrase.again"),
    (_V.WAIT, _R.NO_MASK): ("word.MASK", "line.mask", "phrase.mask"),
    (_V.ADMIT_REGISTER, _R.PASS_EXPIRED): (None, "line.expired", "phrase.expired"),
    (_V.ADMIT_REGISTER, _R.PASS_NEWER_THAN_LIST): (None, "line.compare", "phrase.wait"),
    (_V.ADMIT_REGISTER, _R.NO_PASS): (None, "line.identity", "phrase.wait"),
    (_V.ADMIT_REGISTER, _R.PASS_OK): (None, "line.identity", "phrase.wait"),
    (_V.ADMIT_REGISTER, _R.FIRST_RETURN_OTHER): (None, "line.register", "phrase.wait"),
    (_V.ADMIT_REGISTER, _R.OUTSIDER): (None, "line.register", "phrase.wait"),
    (_V.ADMIT_REGISTER, _R.AFTER_HOURS): (None, "line.register", "phrase.wait"),
    (_V.REDIRECT, _R.COURIER): (None, "line.pickup", "phrase.pickup"),
    (_V.REDIRECT, _R.GATE_CLOSED): ("word.OTHER_GATE", "line.other_gate", "phrase.other_gate"),
    (_V.REFUSE, _R.GATE_CLOSED): (None, "line.gate_closed", "phrase.other_gate"),
    (_V.REFUSE, _R.OUTSIDER): (None, "line.no_visitors", "phrase.sorry"),
    (_V.REFUSE, _R.WRONG_COMPOUND): (None, "line.other_compound", "phrase.sorry"),
    (_V.REFUSE, _R.HOST_CONSENT_MISSING): (None, "line.ask_host", "phrase.ask_host"),
    (_V.REFUSE, _R.REFUSED_MEASURE): (None, "line.measure_first", "phrase.measure"),
    (_V.REFUSE, _R.NO_MASK): (None, "line.mask", "phrase.mask"),
    (_V.LEADER, _R.REFUSED_MEASURE): (None, "line.measure_first", "phrase.measure"),
    (_V.LEADER, _R.NO_MASK): (None, "line.mask", "phrase.mask"),
    (_V.LEADER, _R.PASS_UNKNOWN): (None, "line.not_listed", "phrase.leader"),
    (_V.LEADER, _R.NO_PASS): (None, "line.not_listed", "phrase.leader"),
    (_V.LEADER, _R.PASS_EXPIRED): (None, "line.leader_comes", "phrase.expired"),
    (_V.LEADER, _R.LIST_STALE): (None, "line.list_stale", "phrase.leader"),
    (_V.LEADER, _R.CLOCK_BAD): (None, "line.clock_bad", "phrase.leader"),
    (_V.LEADER, _R.CHECK_FAILED): (None, "line.check_failed", "phrase.leader"),
}
# what a class says where its reason says nothing more: line and phrase
_USUAL: dict[LookClass, tuple[str | None, str | None]] = {
    _C.GO: (None, None),
    _C.STEP: ("line.register", "phrase.wait"),
    _C.ESCORT: ("line.wait", "phrase.wait"),
    _C.WAIT: ("line.wait", "phrase.wait"),
    _C.LEADER: ("line.leader_comes", "phrase.leader"),
    _C.UNKNOWN: ("line.not_listed", "phrase.leader"),
    _C.ELSEWHERE: ("line.pickup", "phrase.pickup"),
    _C.STOP: ("line.sorry", "phrase.sorry"),
    _C.CANNOT: ("line.check_failed", "phrase.leader"),
    _C.EMERGENCY: (None, None),
}
_NO_RULE = "R99"


def look_class(verdict: Verdict, reason: Reason, rule: str | None = None) -> LookClass:
    """外观类别: LEADER is an unknown, a failed check or a decided fact, by its reason; R99 is "no rule matched"."""
    if verdict is not Verdict.LEADER:
        return CLASS_OF_VERDICT[verdict]
    if reason in CANNOT_REASONS:
        return LookClass.CANNOT
    if reason in UNKNOWN_REASONS or rule == _NO_RULE:
        return LookClass.UNKNOWN
    return LookClass.LEADER


def verdict_look(
    verdict: Verdict,
    reason: Reason,
    scan_result: ScanResult,
    direction: Direction,
    rule: str | None = None,
) -> Look:
    """判定外观 of a passage. `scan_result` colours no look today; it stands here as the design's function has it."""
    del scan_result
    cls = look_class(verdict, reason, rule)
    shape = SHAPES[cls]
    if reason in NEUTRAL_REASONS and not _goes(cls):
        quiet, beside, said = _neutral(reason)
        return Look(cls, shape, Shape.TRIANGLE, Line(quiet), Line(beside), Tone.T3, Line(said))
    word, line, phrase = _spoken(verdict, reason, cls, direction)
    tone = _tone(cls, verdict, reason, direction)
    return Look(cls, shape, shape, Line(word), _line(line), tone, _line(phrase))


RECORDED_REST_MIN = 5
"""休息五分钟: the rest that the recorded phrase names; it is the shipped policies' (domain.md 5)."""


def rest_minutes(rest_s: int) -> int:
    """休息分钟: a rest in whole minutes, never said shorter than it is."""
    return max(1, -(-rest_s // _MINUTE_S))


def resting_look(look: Look, rest_s: int) -> Look:
    """请到旁边休息: the rest as the policy has it; where it is not five minutes it is spoken without a number."""
    minutes = rest_minutes(rest_s)
    if minutes == RECORDED_REST_MIN or look.line != Line("line.rest"):
        return look
    return replace(look, line=Line("line.rest_minutes", {"minutes": minutes}), phrase=Line("phrase.aside"))


def _goes(cls: LookClass) -> bool:
    """Who is let through at once is shown so, whatever reason is kept (an override leaves the reason)."""
    return cls in (LookClass.GO, LookClass.EMERGENCY)


def _neutral(reason: Reason) -> tuple[str, str, str]:
    if reason in ASIDE_REASONS:
        return "word.WAIT", "line.aside", "phrase.aside"
    if reason in ESCORTED_REASONS:
        return "word.WAIT", "line.escort", "phrase.escort"
    return "word.WAIT", "line.wait", "phrase.wait"


def _spoken(
    verdict: Verdict, reason: Reason, cls: LookClass, direction: Direction
) -> tuple[str, str | None, str | None]:
    usual_line, usual_phrase = _USUAL[cls]
    word = _WORDS[cls]
    if cls is LookClass.GO and direction is Direction.OUT:
        word = "word.BYE"
    if verdict is Verdict.REFUSE_EXIT:
        word = "word.WAIT"
    if reason is Reason.DUPLICATE_SCAN:
        return word, "line.already", None
    special_word, line, phrase = _SPECIAL.get((verdict, reason), (None, usual_line, usual_phrase))
    return special_word or word, line, phrase


def _tone(cls: LookClass, verdict: Verdict, reason: Reason, direction: Direction) -> Tone:
    if verdict is Verdict.WAIT and reason is Reason.NEED_TEMP:
        return Tone.T0
    if cls is LookClass.GO and direction is Direction.OUT:
        return Tone.T2
    return _TONES[cls]


def _line(key: str | None) -> Line | None:
    return None if key is None else Line(key)


def code_look(scan_result: ScanResult) -> Look:
    """不是证件的码, 读不出的码: a code that opens no passage; no verdict, so WAIT's class; T6 where unread."""
    name = "not_ours" if scan_result is ScanResult.NOT_OURS else "unread"
    tone = Tone.T3 if scan_result is ScanResult.NOT_OURS else Tone.T6
    return _code(name, tone)


def ambiguous_look() -> Look:
    """请一次出示一张: two passes in one picture."""
    return _code("one_at_a_time", Tone.T3)


def unrecorded_look(look: Look) -> Look:
    """未记录: the look after a failed commit. Nothing that admits stays, EMERGENCY excepted; STOP stays as it is."""
    if look.cls in (LookClass.STOP, LookClass.EMERGENCY):
        return look
    line = Line("line.paper")
    return Look(
        LookClass.CANNOT,
        SHAPES[LookClass.CANNOT],
        SHAPES[LookClass.CANNOT],
        Line("word.UNRECORDED"),
        line,
        Tone.T6,
        Line("phrase.leader"),
    )


def _code(name: str, tone: Tone) -> Look:
    return Look(
        LookClass.WAIT,
        Shape.TRIANGLE,
        Shape.TRIANGLE,
        Line(f"word.{name.upper()}"),
        Line(f"line.{name}"),
        tone,
        Line(f"phrase.{name}"),
    )


COLOUR_KEYS = (Line("key.code_green"), Line("key.code_yellow"), Line("key.code_red"))
"""绿码 黄码 红码: offered with a foreign code, for a 随申码 cannot be told from other codes."""


def public_lines(view: PassageView | CodeView) -> tuple[Line, ...]:
    """公众看到听到的: word, line and phrase; what the queue sees on `screen.public` and hears."""
    look = view.look
    return tuple(line for line in (look.word, look.line, look.phrase) if line is not None)


def staff_lines(view: PassageView | CodeView) -> tuple[Line, ...]:
    """值守人员看到的: the large area, the staff panel and the keys that stand with it."""
    large = tuple(line for line in (view.look.word, view.look.line) if line is not None)
    keys: tuple[Line, ...] = (*COLOUR_KEYS, Line("key.forgotten")) if view.colour_keys else ()
    marks: tuple[Line, ...] = ()
    if isinstance(view, PassageView):
        keys = tuple(Line(f"button.{button.value}") for button in view.buttons) + keys
        marks = (Line("staff.already"),) if view.duplicate else ()
        marks += (Line("staff.unrecorded"),) if view.unrecorded else ()
    return (*large, *view.staff, *marks, *keys)


_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def list_age(age_s: int | None) -> Line:
    """名单多久以前: the age of the list in the largest whole unit."""
    if age_s is None:
        return Line("status.list_none")
    for unit, unit_s in (("days", _DAY_S), ("hours", _HOUR_S)):
        if age_s >= 2 * unit_s:
            return Line(f"status.list_{unit}", {"n": age_s // unit_s})
    return Line("status.list_minutes", {"n": max(0, age_s) // _MINUTE_S})


def status_lines(status: StatusView) -> tuple[Line, ...]:
    """状态栏文字: what the status bar says, in its order; without the clock, which the bar draws itself."""
    way = Line("direction.IN" if status.direction is Direction.IN else "direction.OUT")
    lines = [Line("status.gate", {"name": status.gate_name}), way, list_age(status.list_age_s)]
    lines.append(Line("status.pending", {"n": status.pending}))
    if not status.online:
        lines.append(Line("status.offline"))
    if status.clock_bad:
        lines.append(Line("status.clock_bad"))
    if status.list_mark is Mark.RED:
        lines.append(Line("status.list_stale"))
    if status.revoked:
        lines.append(Line("status.revoked"))
    if status.demo:
        lines.append(Line("status.demo"))
    if status.practice:
        lines.append(Line("status.practice"))
    return tuple(lines)
