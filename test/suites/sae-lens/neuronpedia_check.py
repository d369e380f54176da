"""SAEDashboard's own classes read the batches of a folder and write them again.

python neuronpedia_check.py FOLDER   prints how many features and activations there are, and whether what it writes is what it read
"""

import json
import sys
from pathlib import Path

from sae_dashboard.neuronpedia.neuronpedia_dashboard import NeuronpediaDashboardBatch

features, activations, differing = [], 0, []
for file in sorted(Path(sys.argv[1]).glob("batch-*.json"), key=lambda file: int(file.stem.split("-")[1])):
    read = json.loads(file.read_text())
    batch = NeuronpediaDashboardBatch(**read)
    if json.loads(json.dumps(batch.to_dict())) != read:
        differing.append(file.name)
    for feature in batch.features:
        features.append(feature.feature_index)
        activations += len(feature.activations)
        for one in feature.activations:
            assert len(one.tokens) == len(one.values) > one.qualifying_token_index >= 0, feature.feature_index

print(json.dumps({"features": features, "activations": activations, "differing": differing}))
