"""The first example of the film tab shows what it says: a flashback that the graph network finds and the monotone path loses."""

import pytest

from mmviz import pipeline
from mmviz.matchings import Matching
from mmviz.media.stills import Stills
from mmviz.pipeline import film_vectors
from mmviz.pipeline import films as films_pipeline
from mmviz.ui import films as examples
from mmviz.worlds import films


@pytest.fixture(scope="module")
def script() -> films.Script:
    return films.script(examples.FILMS["flashback"][0])


@pytest.fixture(scope="module")
def matched() -> dict[str, Matching]:
    """The example in both languages, matched as the tab does it, its film seen once."""
    told = {language: examples.find("flashback", language) for language in ("en", "zh")}
    film, stills = pipeline.read_video(told["en"].path), Stills()
    shots = pipeline.shots(film, gradual=told["en"].gradual, stills=stills)
    shot_embeds, _, _ = film_vectors.of_shots(film, shots.axis, pipeline.DEFAULT_MODEL, "cpu", stills=stills)

    def match(text: str) -> Matching:
        clauses = pipeline.clauses(text)
        similarity = shot_embeds @ film_vectors.of_clauses(clauses, pipeline.DEFAULT_MODEL, "cpu")[0].T
        about = {"shots": shots.axis, "clauses": clauses}
        return pipeline.match(similarity, order=films_pipeline.order_of(shots, clauses), about=about)

    return {language: match(one.text) for language, one in told.items()}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_flashback_is_found_by_the_graph_and_lost_by_the_monotone_path(matched, script, language):
    graph, monotone = matched[language], pipeline.rematch(matched[language], matcher="monotone")
    assert [tuple(span) for span in graph.clauses.spans.tolist()] == films.tell(script, language)[1]
    truth = told_pairs(script, graph)
    earlier = {(shot, clause) for shot, clause in truth if script.clauses[clause].joint == "earlier"}
    assert earlier
    assert earlier <= {edge[:2] for edge in graph.edges}
    assert not earlier & {edge[:2] for edge in monotone.edges}
    assert f1(graph, truth) >= 0.9 > f1(monotone, truth)


def told_pairs(script: films.Script, matching: Matching) -> set[tuple[int, int]]:
    """Which shot, as found, is told by which clause; every shot shows one event, of which some takes may have become one."""
    told, pairs = {clause.event: number for number, clause in enumerate(script.clauses)}, set()
    takes = list(zip(script.takes, films.bounds(script)[0], strict=True))
    for shot, (start, end) in enumerate(zip(matching.shots.starts, matching.shots.ends, strict=True)):
        (event,) = {take.event for take, (a, b) in takes if min(end, b) - max(start, a) > 0.4}
        pairs |= {(shot, told[event])} if event in told else set()
    return pairs


def f1(matching: Matching, truth: set[tuple[int, int]]) -> float:
    found = {edge[:2] for edge in matching.edges}
    return 2 * len(found & truth) / (len(found) + len(truth))
