"""`space` and `retrieval`: vectors laid out on a plane, and how well those of texts find those of pictures."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command, add_model, folder_of, show_tree
from mmviz.errors import MediaError, StorageError
from mmviz.spaces import MAP_METHODS


def add(command: Command) -> None:
    """Add the commands of this file."""
    space_ = command("space", space, _show_space, "a map of vectors, and how far it can be believed", device=True)
    files = (
        "vectors: .npy with an item a row, or .parquet with a column `vector`; a second file is a second modality; "
        "or a folder of pictures with captions.csv or captions.jsonl, which --model embeds"
    )
    space_.add_argument("vectors", nargs="+", metavar="VECTORS.npy", help=files)
    add_model(space_)
    space_.add_argument("--method", choices=MAP_METHODS, default="umap", help="default: umap")
    space_.add_argument("--centred", action="store_true", help="take each modality's mean off first, which closes the gap")
    formats = "also write it there; .parquet has vectors and neighbours beside, .csv and .json are without vectors"
    space_.add_argument("--out", metavar="FILE.parquet", help=formats)
    about = "how well texts find their pictures and pictures their texts"
    retrieval_ = command("retrieval", retrieval, show_tree, about)
    retrieval_.add_argument("texts", metavar="TEXTS.npy", help="vectors of texts, a text a row")
    retrieval_.add_argument("images", metavar="IMAGES.npy", help="vectors of pictures, as wide")
    truth = "for each text the list of its pictures' rows, from 0 (default: the same row)"
    retrieval_.add_argument("--truth", metavar="FILE.json", help=truth)
    retrieval_.add_argument("--centred", action="store_true", help="take each modality's mean off first")


def space(given: argparse.Namespace) -> dict[str, Any]:
    """Map vectors, and write the map where asked."""
    format_ = _format(given.out)
    if len(given.vectors) > 2:
        raise MediaError(f"{len(given.vectors)} files are more than the two modalities a map has; give one or two.")
    made_of = _of_folder if Path(given.vectors[0]).is_dir() else _of_files
    parts, left_out, pairs = made_of(given)
    told = {"centred": given.centred, "left_out": left_out, "device": given.device, "progress": _Tell()}
    made = pipeline.space(parts, given.method, given.seed, pairs=pairs, **told)
    if format_:
        _write(Path(given.out), pipeline.export(made, format_))
    return made.to_json()


def _of_files(given: argparse.Namespace) -> tuple[Any, dict[str, int], Any]:
    parts, left_out = pipeline.read_vectors(given.vectors, max(given.seed, 0))
    if left_out["sampled"]:
        print(f"{left_out['sampled']:,} rows are left out; the others were drawn at random by seed {given.seed}", file=sys.stderr)
    return parts, left_out, pipeline.pairs_of(parts)


def _of_folder(given: argparse.Namespace) -> tuple[Any, dict[str, int], Any]:
    rows, files = pipeline.read_captioned(given.vectors[0])
    place = {str(file.relative_to(given.vectors[0])): i for i, file in enumerate(files)}
    watched = {"progress": _Tell(), "store": False}
    parts, skipped = pipeline.embedded([row.text for row in rows], files, given.model, given.device, **watched)
    for item in skipped:
        print(f"left out {item.name}: {item.why}", file=sys.stderr)
    return parts, {"skipped": len(skipped)}, pipeline.pairs_by(parts, [place.get(row.file, -1) for row in rows])


def retrieval(given: argparse.Namespace) -> dict[str, Any]:
    """Rank both ways."""
    texts, images = pipeline.read_pair(given.texts, given.images)
    truth = pipeline.read_truth(given.truth, len(texts.items), len(images.items)) if given.truth else None
    return pipeline.retrieval(texts, images, truth, centred=given.centred, progress=_Tell()).to_json()


class _Tell:
    """Says on stderr how far the work is, each percent once."""

    def __init__(self):
        self.said = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if percent > self.said:
            self.said = percent
            print(f"{percent} %", file=sys.stderr, flush=True)


def _format(out: str | None) -> str:
    """Read the format off a file's ending, before any work is done."""
    if not out:
        return ""
    ending = Path(out).suffix.lower().lstrip(".")
    if ending not in ("parquet", "csv", "json"):
        raise StorageError(f'--out "{out}" ends in none of .parquet, .csv and .json; name it so that its format is plain.')
    folder_of(str(Path(out).parent))
    return ending


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); make room or name another by --out.") from error


def _show_space(value: dict[str, Any]) -> str:
    """Say what is known of the map; its points are for --json and --out."""
    return show_tree({name: said for name, said in value.items() if name not in ("points", "modalities", "places")})
