import pytest

from mmviz.media import numerals


@pytest.mark.parametrize(
    ("token", "english", "chinese"),
    [
        ("42", "forty two", "四十二"),
        ("$5.50", "five dollars fifty cents", "五点五零美元"),
        ("3:05", "three oh five", "三点零五分"),
        ("12/05/2024", "December fifth twenty twenty four", "二零二四年十二月五日"),
        ("2024-12-05", "December fifth twenty twenty four", "二零二四年十二月五日"),
        ("31/12/1999", "December thirty first nineteen ninety nine", "一九九九年十二月三十一日"),
        ("3.5%", "three point five percent", "百分之三点五"),
        ("1,234,567", "one million two hundred thirty four thousand five hundred sixty seven", "一百二十三万四千五百六十七"),
        ("007", "zero zero seven", "零零七"),
        ("-5", "minus five", "负五"),
        ("٤٢", "forty two", "四十二"),
        ("10-20", "ten to twenty", "十到二十"),
        ("0", "zero", "零"),
    ],
)
def test_numbers_are_said_as_people_say_them(token, english, chinese):
    assert numerals.spoken(token, "en") == english
    assert numerals.spoken(token, "zh") == chinese


@pytest.mark.parametrize(
    ("token", "english"),
    [("42nd", "forty second"), ("21st", "twenty first"), ("1990s", "nineteen nineties"), ("2005", "two thousand five"), ("mp3", "mp three"),
     ("123456789012345", "one two three four five six seven eight nine zero one two three four five"), ("12:00", "twelve o'clock")],
)  # fmt: skip
def test_english_reads_ordinals_decades_years_and_long_numbers(token, english):
    assert numerals.spoken(token, "en") == english


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (10, "十"),
        (11, "十一"),
        (110, "一百一十"),
        (1005, "一千零五"),
        (10010, "一万零一十"),
        (110000, "十一万"),
        (120000005, "一亿二千万零五"),
    ],
)
def test_chinese_numbers_keep_their_zeros_and_ones(number, said):
    assert numerals.chinese(number) == said


def test_signs_alone_are_read_where_they_are_words():
    assert [numerals.sign(c, "en") for c in "&%-/."] == ["and", "percent", "", "", ""]
    assert numerals.sign("&", "zh") == "和"
