# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Names as a Shanghai sub-district of 2020 has them: surnames by frequency, given names by sex and year of birth.

Tables, and two pure functions over a given random source. Surname shares follow the published national ranking,
with the names that are common around Shanghai (Shen, Gu, Lu, Jin ...) raised. No name is taken from a real list of
people; a full name is put together by chance.
"""

from bisect import bisect_right
from random import Random

# Share in a thousand. The rest of the country's long tail is left out; the rare and two-character ones stand for it.
_SURNAMES: dict[str, float] = {
    "王": 68, "李": 60, "张": 72, "陈": 58, "刘": 36, "杨": 27, "黄": 21, "赵": 18, "吴": 27, "周": 29,
    "徐": 30, "孙": 20, "朱": 26, "马": 12, "胡": 14, "郭": 10, "何": 10, "高": 11, "林": 10, "罗": 7, "郑": 9,
    "梁": 5, "谢": 7, "宋": 7, "唐": 10, "许": 9, "韩": 6, "冯": 6, "邓": 4, "曹": 10, "彭": 4, "曾": 3,
    "肖": 5, "田": 3, "董": 6, "袁": 6, "潘": 8, "于": 5, "蒋": 9, "蔡": 8, "余": 6, "杜": 4, "叶": 8, "程": 6,
    "苏": 4, "魏": 4, "吕": 5, "丁": 9, "任": 4, "沈": 17, "姚": 8, "卢": 4, "姜": 5, "崔": 3, "钟": 4, "谭": 3,
    "陆": 17, "汪": 8, "范": 6, "金": 14, "石": 4, "廖": 2, "贾": 2, "夏": 7, "韦": 1.5, "付": 2, "方": 6,
    "白": 2, "邹": 4, "孟": 2, "熊": 2, "秦": 4, "邱": 4, "江": 4, "尹": 2, "薛": 4, "闫": 1.5, "段": 1.5,
    "雷": 1.5, "侯": 2.5, "龙": 1.5, "史": 3, "陶": 5, "黎": 1.5, "贺": 2, "顾": 15, "毛": 4, "郝": 1.5,
    "龚": 5, "邵": 5, "万": 2.5, "钱": 8, "严": 5, "戴": 5, "洪": 3, "施": 7, "倪": 6, "俞": 5, "奚": 2,
    "乔": 2.5, "瞿": 3, "凌": 2, "费": 2, "季": 3, "庄": 3, "殷": 3, "庞": 1, "翁": 2, "欧阳": 0.8, "诸葛": 0.3,
    "上官": 0.2, "司徒": 0.2,
}  # fmt: skip

_GIVEN: dict[tuple[str, int], tuple[str, str, str]] = {
    # (sex, first year of the span): (first characters, second characters, names of one character)
    ("M", 1915): ("阿金福德根永文志荣国", "根生祥明宝庆良才林发", ""),
    ("F", 1915): ("阿秀桂凤金玉月素雪惠", "英珍娣宝芳兰仙妹珠贞", ""),
    ("M", 1938): ("国德金志永荣文阿伟明", "良华祥明根生元庆康强", "铭"),
    ("F", 1938): ("秀桂凤玉月美惠玲雅淑", "英珍芳兰琴华妹娟芬珠", "芬"),
    ("M", 1950): ("建国卫志伟永耀金惠维", "国强民华平明新忠良康", "军平明"),
    ("F", 1950): ("美秀丽惠建爱玉雅蓓月", "华珍芳英娟萍琴芬妹敏", "萍敏红"),
    ("M", 1960): ("卫建志国伟海永晓立维", "东军民华平明伟强国良", "军勇伟强明斌刚"),
    ("F", 1960): ("丽美红建惠晓玉雅文春", "华萍芳红英敏琴娟芬妹", "红敏萍燕静芳莉"),
    ("M", 1970): ("志海晓建伟文俊永国嘉", "军华明伟峰强斌东平杰", "勇军伟斌峰刚毅俊敏磊"),
    ("F", 1970): ("丽晓海春美雅文蓓玉佩", "萍华燕敏芳红蓉琴娟君", "敏静燕红莉蕾芳颖洁"),
    ("M", 1980): ("晓文俊志嘉海佳一宏子", "峰杰磊明伟栋超骏华斌", "磊超杰俊峰鹏骏强亮凯"),
    ("F", 1980): ("晓佳静文丽雅慧春婷燕", "婷燕静洁敏莉蓉芸君琳", "静婷燕洁琳艳丹倩颖蕾"),
    ("M", 1990): ("嘉俊佳宇文子晨天一逸", "豪杰伟晨辉宇涛鑫凯文", "杰俊超鑫凯涛翔晨浩"),
    ("F", 1990): ("佳雨思晓文静诗雅嘉梦", "怡婷雯琪瑶洁颖倩敏慧", "婷雯倩颖琪怡莹瑶静"),
    ("M", 2000): ("子宇浩俊嘉天晨逸思文", "轩涵豪杰宇辰阳昊然博", "轩昊睿翔"),
    ("F", 2000): ("欣雨思子佳梓诗语嘉若", "怡涵雯琪瑶萱彤悦颖妍", "悦妍萱"),
    ("M", 2010): ("梓子宇浩沐一奕铭俊泽", "轩涵睿宸辰泽昊阳霖诺", "睿宸"),
    ("F", 2010): ("梓欣一诗语可若沐艺雨", "涵怡诺萱彤妍汐晴瑶桐", "诺桐"),
}  # fmt: skip

# One-character given names were most common among those born from about 1970 to 1995.
_SINGLE_SHARE = {
    1915: 0.0,
    1938: 0.04,
    1950: 0.1,
    1960: 0.25,
    1970: 0.38,
    1980: 0.36,
    1990: 0.22,
    2000: 0.1,
    2010: 0.05,
}

# Drawing is by place in a ready list, one random number each: a hundred thousand names in a quarter of a second.
_SURNAME_PLACES = tuple(name for name, share in _SURNAMES.items() for _ in range(round(share * 10)))
_TWO = {
    key: tuple(first + second for first in firsts for second in seconds) for key, (firsts, seconds, _) in _GIVEN.items()
}
_SPANS = sorted(_SINGLE_SHARE)
_SPAN_OF_YEAR = {year: _SPANS[max(bisect_right(_SPANS, year) - 1, 0)] for year in range(1900, 2031)}


def surname(rng: Random) -> str:
    """One surname (姓), of one or two characters, by its share."""
    return _SURNAME_PLACES[int(rng.random() * len(_SURNAME_PLACES))]


def given_name(rng: Random, sex: str, birth_year: int) -> str:
    """One given name (名) of one or two characters; `sex` is "M" or "F", `birth_year` 1900 to 2030."""
    key = sex, _SPAN_OF_YEAR[birth_year]
    singles = _GIVEN[key][2]
    if singles and rng.random() < _SINGLE_SHARE[key[1]]:
        return singles[int(rng.random() * len(singles))]
    two = _TWO[key]
    return two[int(rng.random() * len(two))]
