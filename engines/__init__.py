"""Opens a bundle and runs it: pictures in, predictions out. Imports no other room."""

import sys

# OpenVINO reports every import of itself to its makers, over the network, where this package is
# found. A station tells nobody that it was started.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
