"""The bilingual tokenizer of the bundled models: a token a word, a token a Chinese character, all words the drawn world has."""

from collections.abc import Sequence
from typing import Any

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import BACKGROUNDS, COLOUR_WORDS, LANGUAGES, NUMBERS, RELATIONS, SIZE_WORDS

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
#: What sentences need beside the names of things, parts, colours, sizes, places, numbers and relations.
GLUE = ("a an the and no of with but is only , 、 ， 和 有 的 没 在 那 仅 只").split()
MAX_TOKENS = 80


def tokenizer(more: Sequence[str] = ()) -> Any:
    """Make the tokenizer, a `BertTokenizer` over `vocabulary()` and, behind that, what of `more` it does not have."""
    from transformers import BertTokenizer

    pieces = vocabulary()
    pieces += [piece for piece in more if piece not in pieces]
    made = BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=True)
    made.model_input_names = made.init_kwargs["model_input_names"] = ["input_ids", "attention_mask"]  # kept when it is saved
    made.model_max_length = MAX_TOKENS
    return made


def vocabulary() -> list[str]:
    """List all tokens: the special ones, then words and characters in the order of the alphabet."""
    english, chinese = _names()
    words = {word for phrase in english for word in phrase.lower().replace("-", " - ").split()}
    characters = {character for phrase in chinese for character in phrase}
    return [*SPECIAL, *sorted(words | characters | set(GLUE))]


def _names() -> tuple[list[str], list[str]]:
    """Gather every English and Chinese word or phrase of the drawn world."""
    by_language: dict[str, list[str]] = {language: list(NUMBERS[language]) for language in LANGUAGES}
    for language in LANGUAGES:
        for table in (COLOUR_WORDS, BACKGROUNDS):
            by_language[language] += [row[language] for row in table.values()]
        for table in (SIZE_WORDS, RELATIONS):
            by_language[language] += [word for row in table.values() for word in row[language]]
        for thing in atlas.load().things.values():
            by_language[language] += thing.words[language]
            by_language[language] += [word for part in thing.parts for word in part.words[language]]
    return by_language["en"], by_language["zh"]
