"""What the columns of a map are called: a model of regions or keypoints is nowhere said to have patches."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmviz.axes import NOUNS
from mmviz.trust.sentence import english
from mmviz.trusts import Remark
from mmviz.ui import (
    heads,
    heads_words,
    menus,
    multiples,
    multiples_words,
    nouns,
    pair,
    region,
    trust_words,
    trusting,
    versus,
    versus_words,
    why,
    why_words,
    widget_words,
    words,
)
from mmviz.ui.reading import Asked, Reading
from mmviz.whys import Reply
from tests.models.tiny_own import make_lmnn, make_uniter

TEXT = "a red cat under the tree"
MODELS = {"lmnn-mini": ("contributions", "keypoint", "关键点"), "uniter-mini": ("attention", "region", "区域")}
PATCH = re.compile(r"(?<!\{)\bpatch|图块", re.IGNORECASE)
#: Tables of texts about one map; the page "how true is each method" speaks of all models at once.
TABLES = {
    "overlay": widget_words.OVERLAY,
    "table": widget_words.TABLE,
    "multiples": multiples_words.TEXTS,
    "heads": heads_words.TEXTS,
    "trust": trust_words.TEXTS,
    "remarks": trust_words.REMARKS,
    "versus": versus_words.TEXTS,
    "page": {name: both for name, both in words.TEXTS.items() if name != "tagline"},
    **why_words.PANELS,
}


@pytest.fixture(scope="module")
def regional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("regional")
    for name, make in {"lmnn-mini": make_lmnn, "uniter-mini": make_uniter}.items():
        card = {"title": name, "things": ["cat"], "languages": ["en", "zh"]}
        (make(root / name) / "mmviz_card.json").write_text(json.dumps(card), "utf-8")
    return root


@pytest.fixture(autouse=True)
def only_regions(regional: Path, only_small_models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMVIZ_MODELS", str(regional))


def asked(photo: str, model: str, language: str) -> tuple[Reading, list[str]]:
    found, *payloads = pair.show_pair(Asked(photo, TEXT, model, MODELS[model][0], (), (), None, language), "cpu")
    return found, payloads


def sentences(value) -> Iterator[str]:
    """Give every text in a payload, packed maps left away."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from sentences(part)
    elif isinstance(value, str) and (" " in value or not value.isascii()):
        yield value


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("model", MODELS)
def test_every_panel_calls_the_columns_by_their_own_name(photo, model, language):
    seen, payloads = asked(photo, model, language)
    event = SimpleNamespace(row=2, kind="words", method="", box=[0.0, 0.0, 1.0, 1.0])
    payloads += [*trusting.judge_unit(seen, language, event)][-1:]
    payloads += [*multiples.show_maps(seen, language, event), heads.payload(seen, language), region.hide(seen, language, event)]
    payloads += [said for said, _ in versus.oppose(seen, "text", None, "a red dog", None, None, language)]
    payloads.append(json.dumps([menus.method_info(model, name, language) for _, name in menus.method_choices(model, language)]))
    noun = MODELS[model][1 if language == "en" else 2]
    for payload in payloads:
        assert [text for text in sentences(json.loads(payload)) if PATCH.search(text)] == []
    named = [any(noun in text for text in sentences(json.loads(payload))) for payload in payloads]
    assert sum(named) >= 8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_findings_of_why_name_them_too(language):
    remarks = [{"key": "miss", "is_warning": True}, {"key": "sinks", "is_warning": True}]
    doubted = Reply("trust", "doubted", "warn", "", {"remarks": remarks, "better": 0.5})
    said = why._row(doubted, language, "keypoint")["said"]
    assert said.count("keypoint" if language == "en" else "关键点") == 2


@pytest.mark.parametrize("table", TABLES)
def test_no_text_has_a_noun_of_its_own(table):
    assert {name: both for name, both in TABLES[table].items() if PATCH.search(" ".join(both))} == {}


def test_every_kind_of_columns_has_its_nouns_in_both_languages():
    assert set(nouns.CHINESE) == set(nouns.ORDER) == set(NOUNS)
    assert nouns.filled(("a {key} of {keys}{order}: {n}", ""), "object", 0) == "a region of regions, by its number: {n}"
    assert nouns.filled(("", "{keys}{n}"), "patch", 1) == "图块{n}"


def test_the_sentence_of_trust_counts_what_the_map_is_of():
    said = (Remark("miss", {"iou": 0.0}), Remark("sinks", {"share": 0.5, "patches": 2}))
    assert english(said, "keypoint").startswith("The strongest keypoint lies outside the box")
    assert "50% of the weight sits on 2 keypoints" in english(said, "keypoint")
    assert "50% of the weight sits on 2 patches" in english(said)
