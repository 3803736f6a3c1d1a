"""Texts as bags of terms: scikit-learn's numbers, every word's place, and what is unknown."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from mmviz.errors import ModelError
from mmviz.media.words import find_words
from mmviz.models import terms
from mmviz.samples import Text

TEXTS = ["a red cat and a blue dog", "a dog", "一只红色的猫", "the red, red tree.", "nothing known"]
KNOWN = ("a", "red", "cat", "and", "blue", "dog", "tree", "一只", "红色", "的", "猫")


def words_of(text: str) -> list[str]:
    return [text[start:end].lower() for start, end in find_words(text)]


def test_weights_are_those_of_scikit_learn():
    theirs = TfidfVectorizer(analyzer=words_of)
    wanted = theirs.fit_transform(TEXTS).toarray()
    ours = terms.Terms({word: int(number) for word, number in theirs.vocabulary_.items()})
    counts = ours.counts(TEXTS)
    idf = terms.idf_of(counts)
    np.testing.assert_allclose(idf, theirs.idf_, rtol=1e-6)
    np.testing.assert_allclose(terms.tfidf(counts, idf), wanted, atol=1e-6)


def test_a_text_of_unknown_words_weighs_nothing():
    known = terms.Terms({word: i for i, word in enumerate(KNOWN)})
    assert not terms.tfidf(known.counts(["nothing known", "!"]), np.ones(len(KNOWN))).any()
    assert not known("nothing known").is_known


def test_words_stand_where_they_stand_in_the_text_and_unknown_ones_are_marked():
    text = "A red zebra, 一只猫"
    axis = terms.Terms({word: i for i, word in enumerate(KNOWN)})(text).axis(Text(text), "word")
    assert axis.labels == ["A", "red", "zebra", "一只", "猫", text]
    assert axis.unknown.tolist() == [False, False, True, False, False, True]
    assert not axis.cut.any()


def test_repeated_words_share_their_term_and_units_share_all_of_it():
    known, text = terms.Terms({word: i for i, word in enumerate(KNOWN)}), "a red cat and a red dog"
    read = known(text)
    shares = read.shares(read.axis(Text(text, ((0, 9),)), "phrase"), len(known))  # seven words, a phrase, the whole
    red, cat = KNOWN.index("red"), KNOWN.index("cat")
    assert shares[:, red].tolist() == [0, 0.5, 0, 0, 0, 0.5, 0, 0.5, 1]
    assert shares[:, cat].tolist() == [0, 0, 1, 0, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(shares[:7].sum(0), shares[-1])


def test_words_survive_their_file(tmp_path):
    known = terms.Terms({word: i for i, word in enumerate(KNOWN)})
    known.save(tmp_path)
    assert terms.Terms.load(tmp_path) == known


@pytest.mark.parametrize("content", ["[", '{"a": 1}', '["a", "a"]', '["a", 1]'])
def test_a_damaged_file_is_told(tmp_path, content):
    (tmp_path / terms.FILE).write_text(content)
    with pytest.raises(ModelError, match=r"terms\.json is .*again\."):
        terms.Terms.load(tmp_path)
