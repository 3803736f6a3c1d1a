"""Numbers as they are spoken, in English and in Chinese: dates, times, money, years, ordinals, decimals."""

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ("", "thousand", "million", "billion", "trillion")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()
_MONEY = {
    "$": ("dollar", "dollars", "cents"), "£": ("pound", "pounds", "pence"), "€": ("euro", "euros", "cents"),
    "¥": ("yuan", "yuan", "fen"), "￥": ("yuan", "yuan", "fen"),
}  # fmt: skip
_MONEY_ZH = {"$": "美元", "£": "英镑", "€": "欧元", "¥": "元", "￥": "元"}
_DIGITS_ZH = "零一二三四五六七八九"
#: More digits than this are read one by one, as those of a telephone number are.
LONGEST = 12
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")
_DATE_ISO = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])")
_DATE = re.compile(r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|[12]\d|3[01])/(\d{4})")
_MONEYED = re.compile(r"([$£€¥￥])(\d[\d,]*)(?:\.(\d\d))?")
_PLAIN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_ORDINAL = re.compile(r"(\d[\d,]*)(?:st|nd|rd|th)", re.IGNORECASE)
_DECADE = re.compile(r"(\d\d)(\d0)s")
_SIGNS = {
    "en": {"%": "percent", "‰": "per mille", "&": "and", "@": "at", "+": "plus", "=": "equals", "°": "degrees", "#": "number",
           "-": "to", "–": "to", "/": "over", ":": "to", "×": "times", "*": "times", "$": "dollars", "£": "pounds", "€": "euros",
           "¥": "yuan", "￥": "yuan", ".": "point"},
    "zh": {"%": "百分之", "‰": "千分之", "&": "和", "@": "艾特", "+": "加", "=": "等于", "°": "度", "#": "井号", "-": "到", "–": "到",
           "/": "比", ":": "比", "×": "乘", "*": "乘", "$": "美元", "£": "英镑", "€": "欧元", "¥": "元", "￥": "元", ".": "点"},
}  # fmt: skip


def spoken(token: str, language: str) -> str:
    """Say a token that has digits in it, or a sign that is read aloud.

    Args:
        token: without white space: "42", "$5.50", "3:30", "12/05/2024", "3.5%", "1990s", "mp3", "&". Digits of any script.
        language: "zh" for Chinese, else English.

    Returns:
        Words with spaces between, Chinese characters without; letters stay as they are. Never empty for a token with a digit.
    """
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in token)
    if re.fullmatch(r"[-−]\d.*", plain):
        minus = "负" if language == "zh" else "minus"
        return f"{minus} {spoken(plain[1:], language)}".replace(" ", "" if language == "zh" else " ")
    said = [*_whole(plain, language)] or _parts(plain, language)
    return ("" if language == "zh" else " ").join(said).strip()


def sign(character: str, language: str) -> str:
    """Say one sign as it is read aloud, or "" where it is silent."""
    silent = "-–/:.*#"  # beside a number they are read, alone they are punctuation
    return "" if character in silent else _SIGNS["zh" if language == "zh" else "en"].get(character, "")


def cardinal(number: int) -> str:
    """Write a number of up to 15 digits in English words."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{_ONES[number // 100]} hundred" + (f" {cardinal(number % 100)}" if number % 100 else "")
    power = (len(str(number)) - 1) // 3
    head, rest = divmod(number, 1000**power)
    return f"{cardinal(head)} {_SCALES[power]}" + (f" {cardinal(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """Write which one a number names in English words: 42 is "forty second"."""
    *before, last = cardinal(number).split()
    last = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*before, last])


def year(number: int) -> str:
    """Read a year in English: 1984 is "nineteen eighty four", 2005 "two thousand five"."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    tail = "hundred" if rest == 0 else cardinal(rest) if rest > 9 else f"oh {cardinal(rest)}"
    return f"{cardinal(century)} {tail}"


def chinese(number: int) -> str:
    """Write a number of up to 12 digits in Chinese characters."""
    if number < 10:
        return _DIGITS_ZH[number]
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return chinese(head) + name + gap + (_within(rest) if rest else "")
    for size, name in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            head, rest = divmod(number, size)
            lead = "" if size == 10 and head == 1 else _DIGITS_ZH[head]
            gap = "零" if 0 < rest < size // 10 else ""
            return lead + name + gap + (_within(rest) if rest else "")
    raise ValueError(f"a number is not negative, got {number}")


def _within(number: int) -> str:
    """Write what follows a larger digit, where ten keeps its one: 110 is 一百一十."""
    return ("一" if 10 <= number < 20 else "") + chinese(number)


def _whole(token: str, language: str) -> list[str]:
    """Say a token that is a time, a date, money, an ordinal or a decade as a whole."""
    if found := _TIME.fullmatch(token):
        return _time([int(part) for part in found.groups() if part], language)
    if found := _DATE_ISO.fullmatch(token):
        return _date(*(int(part) for part in found.groups()), language)
    if found := _DATE.fullmatch(token):
        first, second, of_year = (int(part) for part in found.groups())
        month, day = (first, second) if first <= 12 else (second, first)
        return _date(of_year, month, day, language) if month <= 12 else []
    if found := _MONEYED.fullmatch(token):
        return _money(*found.groups(), language)
    if (found := re.fullmatch(r"(.*\d)([%‰])", token)) and language == "zh":
        return [_SIGNS["zh"][found[2]], *_parts(found[1], language)]
    if language == "zh":
        return []
    if found := _ORDINAL.fullmatch(token):
        digits = found[1].replace(",", "")
        return [ordinal(int(digits))] if len(digits) <= LONGEST else []
    if found := _DECADE.fullmatch(token):
        tens = "hundreds" if found[2] == "00" else "tens" if found[2] == "10" else cardinal(int(found[2]))[:-1] + "ies"
        return [cardinal(int(found[1])), tens]
    return [year(int(token))] if re.fullmatch(r"1[1-9]\d\d|20\d\d", token) else []


def _parts(token: str, language: str) -> list[str]:
    """Say numbers, letters and signs of a token one after the other."""
    said: list[str] = []
    place = 0
    while place < len(token):
        if found := _PLAIN.match(token, place):
            said.append(_number(found[0], language))
            place = found.end()
        elif found := re.compile(r"[^\W\d_]+").match(token, place):
            said.append(found[0] if language != "zh" else f" {found[0]} ")
            place = found.end()
        else:
            beside_digits = 0 < place < len(token) - 1 and token[place - 1].isdigit()
            name = _SIGNS["zh" if language == "zh" else "en"].get(token[place], "")
            said += [name] * bool(name and (beside_digits or token[place] not in "-–/:.*#"))
            place += 1
    return said


def _number(digits: str, language: str) -> str:
    whole, _, decimals = digits.replace(",", "").partition(".")
    apart = len(whole) > LONGEST or (whole[0] == "0" and len(whole) > 1)
    if language == "zh":
        tail = "点" + "".join(_DIGITS_ZH[int(d)] for d in decimals) if decimals else ""
        one_by_one = apart or (len(whole) == 4 and not decimals and whole[:2] in ("19", "20"))
        return ("".join(_DIGITS_ZH[int(d)] for d in whole) if one_by_one else chinese(int(whole))) + tail
    tail = " point " + " ".join(_ONES[int(d)] for d in decimals) if decimals else ""
    return (" ".join(_ONES[int(d)] for d in whole) if apart else cardinal(int(whole))) + tail


def _time(parts: list[int], language: str) -> list[str]:
    hour, minute, *second = parts
    if language == "zh":
        names = zip(parts, "点分秒", strict=False)
        return [
            "".join(
                ("零" if 0 < part < 10 and name != "点" else "") + chinese(part) + name
                for part, name in names
                if part or name == "点"
            )
        ]
    minutes = "o'clock" if minute == 0 else f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute)
    return [cardinal(hour), minutes, *(cardinal(s) for s in second)]


def _date(of_year: int, month: int, day: int, language: str) -> list[str]:
    if language == "zh":
        digits = "".join(_DIGITS_ZH[int(d)] for d in str(of_year))
        return [f"{digits}年{chinese(month)}月{chinese(day)}日"]
    return [_MONTHS[month - 1], ordinal(day), year(of_year) if of_year >= 1000 else cardinal(of_year)]


def _money(of: str, whole: str, part: str | None, language: str) -> list[str]:
    digits = whole.replace(",", "")
    if language == "zh":
        return [_number(f"{digits}.{part}" if part else digits, language) + _MONEY_ZH[of]]
    one, many, parts = _MONEY[of]
    said = [_number(digits, language), one if int(digits) == 1 else many]
    return [*said, cardinal(int(part)), parts] if part and int(part) else said
