"""The page through its doors for programs, and what it refuses there."""

import io
import json

import httpx
import numpy as np
import PIL.Image
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from mmviz.media import speech
from tests import utterances
from tests.media import clips


@pytest.fixture
def photo(tmp_path, rng) -> str:
    path = tmp_path / "photo.png"
    PIL.Image.fromarray(rng.integers(0, 256, (50, 90, 3), np.uint8)).save(path)
    return str(path)


@pytest.fixture
def web(served):
    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def client(served):
    client = Client(served.url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def call(web: httpx.Client, picture: dict | None, model: str = "clip-mini") -> str:
    """Call /align as a program without a client library does, and give what the server streams back."""
    started = web.post("gradio_api/call/align", json={"data": ["a red cat", picture, model, "relevance", "word", None]})
    started.raise_for_status()
    return web.get(f"gradio_api/call/align/{started.json()['event_id']}").text


def test_align_takes_the_command_lines_arguments_and_gives_its_json(client, photo):
    found = client.predict("a red cat", handle_file(photo), "clip-mini", "similarity", "word", "context", api_name="/align")
    assert [u["text"] for u in found["query"]] == ["a", "red", "cat", "a red cat"]
    assert (found["method"], found["target"], found["scale"]) == ("similarity", "context", "cosine")
    assert np.array(found["scores"]).shape == (4, 25)


def test_doors_are_the_contracts_and_no_others(client):
    doors = client.view_api(return_format="dict")["named_endpoints"]
    assert list(doors) == ["/align", "/matrix", "/speech", "/film", "/space"]
    names = [p["parameter_name"] for p in doors["/matrix"]["parameters"]]
    assert names == ["texts", "images", "model", "scale", "objective", "temperature", "margin", "by"]
    names = [p["parameter_name"] for p in doors["/align"]["parameters"]]
    assert names == ["text", "image", "model", "method", "unit", "target"]


@pytest.mark.skipif(not speech.is_there(), reason="espeak-ng is an extra: requirements-speech.txt")
def test_speech_takes_an_upload_and_gives_the_command_lines_json(client, tmp_path):
    audio, _ = utterances.say(utterances.ENGLISH)
    soundfile.write(tmp_path / "a.wav", audio.samples, 16000)
    found = client.predict(handle_file(tmp_path / "a.wav"), utterances.ENGLISH, "en", "word", "", api_name="/speech")
    assert [unit["text"] for unit in found["units"]] == utterances.ENGLISH.split()
    assert (found["aligner"], found["unit"], found["seconds"]) == ("dtw", "word", audio.seconds)
    doors = client.view_api(return_format="dict")["named_endpoints"]
    assert [p["parameter_name"] for p in doors["/speech"]["parameters"]] == ["audio", "text", "language", "unit", "aligner"]


def test_film_takes_an_upload_and_gives_the_command_lines_json(client, tmp_path):
    rng = np.random.default_rng(3)
    path = clips.write(tmp_path / "a.mp4", clips.scenery(rng, 30) + clips.scenery(rng, 30))
    found = client.predict(handle_file(path), "A cat. A car.", "clip-mini", "hmm", api_name="/film")
    assert [clause["text"].strip() for clause in found["clauses"]] == ["A cat.", "A car."]
    assert (len(found["shots"]), found["matcher"], found["model"]) == (2, "hmm", "clip-mini")
    doors = client.view_api(return_format="dict")["named_endpoints"]
    names = ["video", "text", "model", "matcher", "gradual", "level", "chronological"]
    assert [p["parameter_name"] for p in doors["/film"]["parameters"]] == names


@pytest.fixture
def texts(tmp_path) -> str:
    (tmp_path / "texts.txt").write_text("a red cat\n\ntwo dogs\n", "utf-8")
    return str(tmp_path / "texts.txt")


def test_matrix_takes_uploads_and_gives_the_command_lines_json(client, photo, texts):
    pictures = [handle_file(photo)] * 3
    found = client.predict(handle_file(texts), pictures, "clip-mini", "softmax-row", api_name="/matrix")
    assert found["texts"] == ["a red cat", "two dogs"]
    assert np.array(found["scores"]).shape == (2, 3)
    assert found["skipped"][0]["place"] == 1
    assert np.allclose(np.sum(found["scores"], axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["without meta", "with meta"])
@pytest.mark.parametrize("place", ["texts", "images"])
def test_matrix_takes_no_file_that_lies_on_the_server(web, photo, texts, place, meta):
    with open(photo, "rb") as first, open(texts, "rb") as second:
        paths = web.post("gradio_api/upload", files=[("files", first), ("files", second)]).json()
    picture, lines = ({"path": path, "meta": {"_type": "gradio.FileData"}} for path in paths)
    bad = {"path": texts if place == "texts" else photo, **meta}
    data = [bad, [picture]] if place == "texts" else [lines, [picture, bad]]
    started = web.post("gradio_api/call/matrix", json={"data": [*data, "clip-mini", "cosine"]})
    answer = (
        web.get(f"gradio_api/call/matrix/{started.json()['event_id']}").text if started.status_code == 200 else "event: error"
    )
    assert "event: error" in answer
    assert "scores" not in answer


@pytest.mark.parametrize("model", ["clip:/etc", "clip:openai/other", "/etc"])
def test_align_takes_no_folder_of_the_server(client, photo, model):
    with pytest.raises(AppError, match="There is no model"):
        client.predict("a red cat", handle_file(photo), model, "relevance", "word", None, api_name="/align")


def test_an_upload_is_answered(web, photo):
    with open(photo, "rb") as file:
        (path,) = web.post("gradio_api/upload", files={"files": file}).json()
    answer = call(web, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert "event: complete" in answer
    assert json.loads(answer.split("data: ", 1)[1])[0]["model"] == "clip-mini"


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["without meta", "with meta"])
def test_a_picture_that_lies_on_the_server_is_refused(web, photo, meta):
    answer = call(web, {"path": photo, **meta})
    assert "event: error" in answer
    assert "scores" not in answer


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["without meta", "with meta"])
@pytest.mark.parametrize("place", ["path", "url"])
def test_a_picture_at_an_address_is_refused_and_not_fetched(web, served, place, meta):
    picture = {"path": None, place: "http://192.0.2.7/picture.png", **meta}
    assert "event: error" in call(web, picture)
    assert "192.0.2.7" not in served.log.read_text()


@pytest.mark.parametrize(
    "address", ["http://192.0.2.7/a.png", "https://192.0.2.7/a.png", "HTTP://192.0.2.7/a.png", "%68ttp://192.0.2.7/a.png"]
)
@pytest.mark.parametrize("route", ["file", "proxy"])
def test_the_server_fetches_no_address_for_anybody(web, route, address):
    answer = web.get(f"gradio_api/{route}={address}")
    assert answer.status_code == 403
    assert answer.text == "Addresses are not fetched here.\n"


@pytest.mark.parametrize("path", ["/etc/passwd", "app.py", "mmviz/ui/app.py"])
def test_the_server_gives_no_file_of_its_own(web, path):
    assert web.get(f"gradio_api/file={path}").status_code in (403, 404)


def test_an_upload_over_25_megabytes_is_refused(web):
    answer = web.post("gradio_api/upload", files={"files": ("big.png", io.BytesIO(bytes(26 * 2**20)))})
    assert answer.status_code == 413
