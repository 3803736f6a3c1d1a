"""The page. Gradio is told to keep to itself before anything imports it."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_MCP_SERVER"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
