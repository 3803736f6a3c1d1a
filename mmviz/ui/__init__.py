"""The page. Gradio is told to keep to itself before anything imports it."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_MCP_SERVER"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
#: It is this page that keeps the hub's client offline, not whoever started it: a model that a visitor asks for may be fetched.
KEEPS_OFFLINE = not os.environ.keys() & {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}
os.environ.setdefault("HF_HUB_OFFLINE", "1")
