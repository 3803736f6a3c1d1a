"""Many at once, and many who use it."""

import threading

import numpy as np
import pytest

from mmviz.models import checkpoints
from mmviz.samples import Text
from tests import subjects
from tests.conformance.given import ENGLISH, SHAPES, TEXTS, images, texts
from tests.subjects import Case, picture


def test_units_read_together_score_as_each_alone(case, target):
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.unit_scores is None:
        pytest.skip(f"units have no score of their own under the target {target}")
    if target == "pair":  # parts of one score, each given what stands before it
        tokens = case.encode(ENGLISH, picture(), target, unit="token").unit_scores[:-1]
        assert tokens.sum() == pytest.approx(encoding.score.value, abs=1e-4)
        assert encoding.unit_scores[-1] == pytest.approx(encoding.score.value, abs=1e-5)
        return
    alone = [case.score(label, picture(), target) for label in encoding.query.labels]
    np.testing.assert_allclose(encoding.unit_scores, alone, atol=1e-5)


def test_vectors_of_many_are_those_of_single_ones(case):
    embed = case.function("embed")
    for samples in (texts(), images()):
        alone = np.concatenate([embed(case.checkpoint, [sample]).vectors for sample in samples])
        for batch in (1, 3, 32):
            np.testing.assert_allclose(embed(case.checkpoint, samples, batch).vectors, alone, atol=1e-5)


def test_vectors_keep_the_order_of_what_was_given(case):
    embed = case.function("embed")
    for samples in (texts(), images()):
        forward, backward = embed(case.checkpoint, samples), embed(case.checkpoint, samples[::-1])
        np.testing.assert_allclose(forward.vectors, backward.vectors[::-1], atol=1e-5)
        assert forward.items.labels == backward.items.labels[::-1]
        assert len({vector.tobytes() for vector in forward.vectors.round(3)}) == len(samples)


def test_padding_beside_a_longer_text_does_not_matter(case):
    embed = case.function("embed")
    long = Text("two small dogs with a blue tail under the red tree")
    beside, alone = embed(case.checkpoint, [Text("a cat"), long]).vectors, embed(case.checkpoint, [Text("a cat")]).vectors
    np.testing.assert_allclose(beside[:1], alone, atol=1e-5)


def test_no_samples_have_no_vectors(case):
    embed = case.function("embed")
    width = embed(case.checkpoint, [Text("a cat")]).vectors.shape[1]
    assert embed(case.checkpoint, []).vectors.shape == (0, width)


def test_vectors_have_unit_norm_and_give_the_score(case):
    embed, encode_targets = case.function("embed"), case.checkpoint.family.targets
    words, seen = (embed(case.checkpoint, [sample]).vectors[0] for sample in (Text(ENGLISH), picture()))
    assert np.linalg.norm(words) == pytest.approx(1, abs=1e-5)
    for target in (t for t in encode_targets if t != "pair"):
        assert case.score(ENGLISH, picture(), target) == pytest.approx(float(words @ seen), abs=1e-5)


def test_the_factor_of_logits_is_above_zero(case):
    case.function("embed")
    assert 0 < case.function("logit_scale")(case.checkpoint) < np.inf


def test_pairs_scored_together_score_as_each_alone(case):
    wanted = [(0, 1), (3, 0), (2, 2), (0, 3), (1, 1), (0, 1)]
    together = case.pairs(TEXTS, images(), wanted)
    alone = [case.pairs([TEXTS[t]], [images()[i]], [(0, 0)])[0] for t, i in wanted]
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_pairs_keep_the_order_of_what_was_given(case):
    wanted = [(t, i) for t in range(len(TEXTS)) for i in range(len(SHAPES))]
    forward, backward = case.pairs(TEXTS, images(), wanted), case.pairs(TEXTS, images(), wanted[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=2e-5)
    assert len(set(forward.round(4))) > len(wanted) // 2


def test_no_pairs_have_no_scores(case):
    assert case.pairs(["a cat"], [picture()], [(0, 0)])[:0].shape == case.pairs(["a cat"], [picture()], []).shape


def test_a_pair_scores_as_it_does_when_it_is_looked_into(case):
    logit = float(case.pairs([ENGLISH], [picture()], [(0, 0)])[0])
    score = case.encode(ENGLISH, picture(), "pair", keep=frozenset()).score
    expected = 1 / (1 + np.exp(-logit)) if score.kind == "match_probability" else logit
    assert score.value == pytest.approx(expected, abs=1e-5)


def test_a_picture_is_seen_once_however_many_texts_it_is_scored_with(case):
    case.pairs(["a cat"], [picture()], [(0, 0)])
    tower = getattr(case.checkpoint.model, "vision_model", None)
    if tower is None:
        pytest.skip(f"{case.checkpoint.family.name} has no tower for pictures alone")
    seen = []
    handle = tower.register_forward_hook(lambda module, args, out: seen.append(len(out[0])))
    case.function("score_pairs")(
        case.checkpoint, texts(), [picture(), picture(seed=5)], np.indices((len(TEXTS), 2)).reshape(2, -1).T
    )
    handle.remove()
    assert sum(seen) == 2


def test_two_threads_on_one_checkpoint_do_not_mix(name, target):
    images = [picture(seed=1), picture(90, 50, seed=2)]

    def numbers(number: int) -> dict[str, np.ndarray]:
        with subjects.on_lease(name) as case:
            return subjects.numbers(case.encode(TEXTS[number], images[number], target))

    expected, mixed, start = [numbers(0), numbers(1)], [], threading.Barrier(2)
    assert expected[0]["score"] != expected[1]["score"]

    def work(number: int) -> None:
        start.wait()
        for _ in range(6):
            found = numbers(number)
            mixed.extend(field for field in found if not np.array_equal(found[field], expected[number][field]))

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_the_lease_evicts_only_what_nobody_uses(case, target):
    pool = checkpoints.Pool(budget=case.checkpoint.memory + 1)
    before = case.score(ENGLISH, picture(), target)
    with pool.lease("held", lambda: case.checkpoint) as held:
        for other in range(3):
            with pool.lease(other, lambda: case.checkpoint):
                pass
        assert "held" in pool
        assert Case(case.name, held).score(ENGLISH, picture(), target) == before
        assert pool.memory <= pool.budget
    with pool.lease("next", lambda: case.checkpoint):
        pass
    assert "held" not in pool
