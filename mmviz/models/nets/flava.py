"""FLAVA as Transformers has it, without the dVAE that only makes the labels of hidden patches in training."""

from transformers import FlavaConfig, FlavaForPreTraining


class FlavaWithoutCodebook(FlavaForPreTraining):
    """`FlavaForPreTraining` whose codebook is neither made nor read, though a checkpoint may have one (facebook/flava-full has)."""

    _keys_to_ignore_on_load_unexpected = [r"^image_codebook\."]

    def __init__(self, config: FlavaConfig):
        config.init_codebook = False
        super().__init__(config)
