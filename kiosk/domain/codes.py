# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every closed list of codes (design: domain.md section 4).

A member's value is the code that stands in events, reports, scenarios and the text catalogue. A value outside its
list is an error (`ValueError` of the enumeration), never a default.
"""

from enum import StrEnum


class Direction(StrEnum):
    """进出方向: which way a passage goes."""

    IN = "IN"
    OUT = "OUT"


class Verdict(StrEnum):
    """判定: what the rules say about a passage."""

    ADMIT = "ADMIT"
    ADMIT_REGISTER = "ADMIT_REGISTER"
    ADMIT_ESCORT = "ADMIT_ESCORT"
    WAIT = "WAIT"
    HOLD = "HOLD"
    LEADER = "LEADER"
    REDIRECT = "REDIRECT"
    REFUSE = "REFUSE"
    REFUSE_EXIT = "REFUSE_EXIT"
    EMERGENCY = "EMERGENCY"

    @property
    def admits(self) -> bool:
        """Whether this verdict lets the person through; the only thing that screens and counts ask (trust.md 11)."""
        return self in _ADMITTING


_ADMITTING = frozenset({Verdict.ADMIT, Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT, Verdict.EMERGENCY})


class Reason(StrEnum):
    """原因: why the verdict is what it is."""

    PASS_OK = "PASS_OK"
    PASS_EXPIRED = "PASS_EXPIRED"
    PASS_NOT_YET = "PASS_NOT_YET"
    PASS_SUSPENDED = "PASS_SUSPENDED"
    PASS_REVOKED = "PASS_REVOKED"
    PASS_LOST = "PASS_LOST"
    PASS_FORGED = "PASS_FORGED"
    PASS_CLONED = "PASS_CLONED"
    PASS_UNKNOWN = "PASS_UNKNOWN"
    PASS_NEWER_THAN_LIST = "PASS_NEWER_THAN_LIST"
    WRONG_COMPOUND = "WRONG_COMPOUND"
    NO_PASS = "NO_PASS"
    QUOTA_USED = "QUOTA_USED"
    NEED_TEMP = "NEED_TEMP"
    RECHECK_FEVER = "RECHECK_FEVER"
    RECHECK_LOW = "RECHECK_LOW"
    LOW_UNRESOLVED = "LOW_UNRESOLVED"
    REFUSED_MEASURE = "REFUSED_MEASURE"
    FEVER = "FEVER"
    NO_MASK = "NO_MASK"
    CODE_RED = "CODE_RED"
    CODE_YELLOW = "CODE_YELLOW"
    CODE_NOT_SHOWN = "CODE_NOT_SHOWN"
    CODE_LAG = "CODE_LAG"
    FIRST_RETURN_KEY = "FIRST_RETURN_KEY"
    FIRST_RETURN_OTHER = "FIRST_RETURN_OTHER"
    CENTRAL_NEEDED = "CENTRAL_NEEDED"
    ISOLATION_EXIT = "ISOLATION_EXIT"
    ISOLATION_BREACH = "ISOLATION_BREACH"
    RELEASE_PENDING = "RELEASE_PENDING"
    EXIT_PERMIT = "EXIT_PERMIT"
    RETURN_FROM_PERMIT = "RETURN_FROM_PERMIT"
    LIST_STALE = "LIST_STALE"
    CHECK_FAILED = "CHECK_FAILED"
    HOST_CONSENT_MISSING = "HOST_CONSENT_MISSING"
    OUTSIDER = "OUTSIDER"
    COURIER = "COURIER"
    AFTER_HOURS = "AFTER_HOURS"
    GATE_CLOSED = "GATE_CLOSED"
    CLOCK_BAD = "CLOCK_BAD"
    DUPLICATE_SCAN = "DUPLICATE_SCAN"
    EMERGENCY = "EMERGENCY"


class ScanResult(StrEnum):
    """扫码结果: what the camera and the verifier made of a code."""

    OK = "OK"
    WRONG_COMPOUND = "WRONG_COMPOUND"
    WRONG_GATE = "WRONG_GATE"
    UNKNOWN_NEW = "UNKNOWN_NEW"
    UNKNOWN = "UNKNOWN"
    FORGED = "FORGED"
    UNREADABLE = "UNREADABLE"
    NOT_OURS = "NOT_OURS"
    NONE = "NONE"


class TempOutcome(StrEnum):
    """测温结果: the state of a passage's temperature procedure."""

    NOT_TAKEN = "NOT_TAKEN"
    NORMAL = "NORMAL"
    NORMAL_AFTER_LOW = "NORMAL_AFTER_LOW"
    FEVER_SUSPECT = "FEVER_SUSPECT"
    FEVER_CONFIRMED = "FEVER_CONFIRMED"
    CLEARED = "CLEARED"
    LOW = "LOW"
    LOW_UNRESOLVED = "LOW_UNRESOLVED"
    INVALID = "INVALID"
    REFUSED = "REFUSED"
    ABANDONED = "ABANDONED"


class Validity(StrEnum):
    """读数有效性: how one reading is kept."""

    VALID = "VALID"
    LOW = "LOW"
    INVALID = "INVALID"
    EARLY = "EARLY"
    NOTED = "NOTED"


class Site(StrEnum):
    """测温部位: where a reading was taken; AXILLA (腋下) alone is a contact reading."""

    FOREHEAD = "FOREHEAD"
    WRIST = "WRIST"
    NECK = "NECK"
    EAR = "EAR"
    AXILLA = "AXILLA"

    @property
    def contact(self) -> bool:
        """Whether the thermometer touches the person (接触式)."""
        return self is Site.AXILLA


class ReadingSource(StrEnum):
    """读数来源: how a reading came to the gate."""

    TYPED = "typed"
    SERIAL = "serial"
    BLE = "ble"
    KEYBOARD = "keyboard"
    SIMULATED = "simulated"


class PassState(StrEnum):
    """证件状态: state of an entry pass."""

    ACTIVE = "ACTIVE"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    LOST = "LOST"


class PassKind(StrEnum):
    """证件种类: kind of an entry pass."""

    RESIDENT = "RESIDENT"
    TENANT = "TENANT"
    WORK = "WORK"
    TEMP = "TEMP"
    VEHICLE = "VEHICLE"
    STAFF = "STAFF"


class PassColour(StrEnum):
    """证件颜色: aids the eye only (domain.md section 10)."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    PINK = "PINK"
    BLUE = "BLUE"
    WHITE = "WHITE"
    RED = "RED"


class IsolationState(StrEnum):
    """隔离状态: state of an isolation record."""

    NONE = "NONE"
    PENDING = "PENDING"
    HOME = "HOME"
    CENTRAL = "CENTRAL"
    DUE = "DUE"
    RELEASED = "RELEASED"
    BREACH = "BREACH"


class Category(StrEnum):
    """人员类别, in the order of the numbers in a pass (pass-format.md section 2)."""

    LOCAL = "LOCAL"
    RET_OTHER = "RET_OTHER"
    RET_KEY = "RET_KEY"
    RELEASED = "RELEASED"
    NEW_TENANT = "NEW_TENANT"
    KEY_INDUSTRY = "KEY_INDUSTRY"
    COHAB = "COHAB"
    VISITOR = "VISITOR"
    COURIER = "COURIER"
    MOVER = "MOVER"
    DOMESTIC = "DOMESTIC"
    UTILITY = "UTILITY"
    RENOVATION = "RENOVATION"
    AGENT = "AGENT"
    SHOP_STAFF = "SHOP_STAFF"
    STAFF = "STAFF"
    OFFICIAL = "OFFICIAL"
    EMERGENCY = "EMERGENCY"

    @property
    def resident(self) -> bool:
        """居民 ("R" in the rule table) against 外来人员 ("N")."""
        return self in RESIDENT_CATEGORIES

    @property
    def number(self) -> int:
        """The number that stands in a pass, 0..17."""
        return _NUMBER[self]


CATEGORIES: tuple[Category, ...] = tuple(Category)
_NUMBER = {category: number for number, category in enumerate(CATEGORIES)}
RESIDENT_CATEGORIES = frozenset(CATEGORIES[: Category.VISITOR.number])


class CodeColour(StrEnum):
    """健康码颜色: a colour seen by a person; the code itself is not decoded."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    NOT_SHOWN = "NOT_SHOWN"


class CodeSystem(StrEnum):
    """健康码系统: which health code was seen."""

    SUISHENMA = "SUISHENMA"
    HEALTH_QR = "HEALTH_QR"
    OTHER_CITY = "OTHER_CITY"
    PAPER = "PAPER"


class CodeHow(StrEnum):
    """健康码查看方式: how the colour was seen."""

    SEEN = "SEEN"
    SCANNED = "SCANNED"
    PAPER = "PAPER"
    NOT_SHOWN = "NOT_SHOWN"


class Lane(StrEnum):
    """通道: who uses a gate's lane."""

    PEDESTRIAN = "PEDESTRIAN"
    VEHICLE = "VEHICLE"
    MIXED = "MIXED"


class GateKind(StrEnum):
    """门岗类型: how a compound is closed at this gate."""

    WALLED = "WALLED"
    OPEN = "OPEN"
    TEMPORARY_BARRIER = "TEMPORARY_BARRIER"


class CaseKind(StrEnum):
    """案件种类: kind of a case."""

    FEVER = "FEVER"
    ISOLATION_OUT = "ISOLATION_OUT"
    CODE_RED = "CODE_RED"
    BAD_PASS = "BAD_PASS"
    REFUSED_MEASURE = "REFUSED_MEASURE"
    TAILGATE = "TAILGATE"
    OTHER = "OTHER"


class Priority(StrEnum):
    """案件级别: P1 goes before all other events."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class CaseOutcome(StrEnum):
    """案件结果: how a case was closed."""

    TRANSFERRED = "TRANSFERRED"
    EXCLUDED = "EXCLUDED"
    ESCORTED = "ESCORTED"
    TURNED_BACK = "TURNED_BACK"
    POLICE = "POLICE"
    LOST = "LOST"


class Told(StrEnum):
    """通知对象: who is to be told, in the order of the call."""

    LEADER = "LEADER"
    COMMITTEE = "COMMITTEE"
    HEALTH = "HEALTH"
    AMBULANCE = "120"
    POLICE = "POLICE"
    STREET = "STREET"
    BUILDING = "BUILDING"
    ROAD = "ROAD"
    HOST = "HOST"


class Note(StrEnum):
    """备注: remarks that a passage or its case carries."""

    LATE_RETURN = "LATE_RETURN"
    BREACH = "BREACH"
    COMPANION = "COMPANION"
    EMPLOYER = "EMPLOYER"


class Button(StrEnum):
    """按键: keys of the verdict screen."""

    ADMIT = "admit"
    REFUSE = "refuse"
    LEAVE = "leave"
    TRANSFER = "transfer"
    ESCORTED = "escorted"


class Tick(StrEnum):
    """勾选项: boxes ticked on the verdict screen."""

    IDENTITY = "identity"
    NOTICE = "notice"
    RECORD = "record"
    COMMITMENT = "commitment"
    HOME_FIT = "home_fit"
    COMPANIONS = "companions"


class ReportStatus(StrEnum):
    """日报状态: MISSING (未报) shows blanks, never zeros."""

    REPORTED = "REPORTED"
    ZERO = "ZERO"
    MISSING = "MISSING"
    INCOMPLETE = "INCOMPLETE"


class RefusedInput(StrEnum):
    """拒绝的输入: an input that the state does not take; it changes nothing."""

    READING_FORMAT = "READING_FORMAT"
    READING_TOO_SOON = "READING_TOO_SOON"
    READING_EARLY_LIMIT = "READING_EARLY_LIMIT"
    READING_LIMIT = "READING_LIMIT"
    BUTTON_NOT_OFFERED = "BUTTON_NOT_OFFERED"
    TICK_NOT_OFFERED = "TICK_NOT_OFFERED"
    PASSAGE_CLOSED = "PASSAGE_CLOSED"
    PIN_NEEDED = "PIN_NEEDED"
    SECOND_PIN_NEEDED = "SECOND_PIN_NEEDED"
    WHY_NEEDED = "WHY_NEEDED"
    NUMBER_NEEDED = "NUMBER_NEEDED"
    FACT_NEEDED = "FACT_NEEDED"


class ClockState(StrEnum):
    """时钟状态: what is known of the gate's clock when an event is made (sync-and-store.md section 2)."""

    OK = "ok"
    DRIFT = "drift"
    OFF = "off"
    JUMPED = "jumped"
    UNSYNCED = "unsynced"
    BAD = "bad"
    CONFIRMED = "confirmed"


class MemberSource(StrEnum):
    """值守人员来源: where a volunteer comes from."""

    DISTRICT = "DISTRICT"
    STREET = "STREET"
    RESIDENT = "RESIDENT"


class How(StrEnum):
    """进入流程的方式: how a passage was opened."""

    SCAN = "SCAN"
    TYPED = "TYPED"
    LOOKUP = "LOOKUP"
    ARRIVE = "ARRIVE"
    RETURN = "RETURN"


class Company(StrEnum):
    """送货单位: for whom a courier delivers."""

    SF = "SF"
    JD = "JD"
    ZTO = "ZTO"
    YTO = "YTO"
    YUNDA = "YUNDA"
    EMS = "EMS"
    MEITUAN = "MEITUAN"
    ELEME = "ELEME"
    HEMA = "HEMA"
    OTHER = "OTHER"


class Purpose(StrEnum):
    """来访事由: why a visitor comes (domain.md section 12)."""

    FAMILY = "FAMILY"
    CARE = "CARE"
    FRIEND = "FRIEND"
    THINGS = "THINGS"
    BUSINESS = "BUSINESS"
    OTHER = "OTHER"


class Transport(StrEnum):
    """返沪交通: by what a returnee came (domain.md section 11)."""

    TRAIN = "TRAIN"
    CAR = "CAR"
    PLANE = "PLANE"


class PlatformRecord(StrEnum):
    """返沪检测平台: what the district's platform says of a returnee; UNREACHABLE (查不了) is not NOTHING (无)."""

    FOUND = "FOUND"
    NOTHING = "NOTHING"
    UNREACHABLE = "UNREACHABLE"


class Slot(StrEnum):
    """居家测温时段: one of the two home temperatures of a day."""

    AM = "AM"
    PM = "PM"


class Missed(StrEnum):
    """未测原因: why a home temperature is missing."""

    NO_ANSWER = "NO_ANSWER"
    NOT_HOME = "NOT_HOME"
    REFUSED = "REFUSED"


class Attr(StrEnum):
    """常设情况: standing facts of the register."""

    ELDERLY = "elderly"
    LIVES_ALONE = "lives_alone"
    NO_PHONE = "no_phone"
    MINOR = "minor"
    DISABLED = "disabled"
    REDUCED_MOBILITY = "reduced_mobility"
    MASK_EXEMPT = "mask_exempt"
    NEEDS_HELP = "needs_help"
