"""Models that Transformers has no class for, one a file, in its own form: a config, a `PreTrainedModel`, `save_pretrained`."""
