"""dictionary_learning makes and saves random autoencoders, and a case of each: x, features and reconstruction of what it then loads.

python dictionary_learning_check.py FOLDER CLASS…   in FOLDER/CLASS, with the x of FOLDER/x.safetensors where that is there
"""

import json
import sys
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

for module in ("nnsight", "datasets", "zstandard"):  # language models and texts, which the package imports beside
    sys.modules.setdefault(module, MagicMock())

from dictionary_learning.dictionary import AutoEncoderNew
from dictionary_learning.trainers import BatchTopKTrainer, GatedSAETrainer, JumpReluTrainer, StandardTrainer, TopKTrainer
from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
from dictionary_learning.utils import load_dictionary

TRAINERS = {
    "AutoEncoder": StandardTrainer,
    "AutoEncoderTopK": TopKTrainer,
    "BatchTopKSAE": BatchTopKTrainer,
    "MatryoshkaBatchTopKSAE": MatryoshkaBatchTopKTrainer,
    "GatedAutoEncoder": GatedSAETrainer,
    "JumpReluAutoEncoder": JumpReluTrainer,
}


def made(kind, d_in, d_sae):
    """A new autoencoder of this class, and what its trainer's config.json says."""
    about = {"activation_dim": d_in, "dict_size": d_sae, "layer": 6, "lm_name": "openai-community/gpt2"}
    if kind == "AutoEncoderNew":  # no trainer of the package makes it
        return AutoEncoderNew(d_in, d_sae), {"dict_class": kind, **about}
    options = {"k": d_sae // 4} if "TopK" in kind else {}
    if kind.startswith("Matryoshka"):
        options["group_fractions"] = [0.5, 0.5]
    trainer = TRAINERS[kind](steps=10_000, device="cpu", **about, **options)
    return trainer.ae, trainer.config


def make(folder, kind):
    folder.mkdir(parents=True, exist_ok=True)
    given = folder.parent / "x.safetensors"
    x = load_file(given)["x"] if given.exists() else np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32)
    ae, config = made(kind, x.shape[1], x.shape[1] * 3 // 2)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in ae.named_parameters():
            if name != "threshold":
                parameter.copy_(torch.randn(parameter.shape) / x.shape[1] ** 0.5)
        typical = float((torch.tensor(x) @ (ae.W_enc if hasattr(ae, "W_enc") else ae.encoder.weight.T)).std())
        if kind == "JumpReluAutoEncoder":
            ae.threshold.copy_(typical * torch.rand(ae.threshold.shape))
        elif hasattr(ae, "threshold"):
            ae.threshold.fill_(0.8 * typical)
    torch.save({name: tensor.cpu() for name, tensor in ae.state_dict().items()}, folder / "ae.pt")
    (folder / "config.json").write_text(json.dumps({"trainer": config}))
    loaded, _ = load_dictionary(str(folder), "cpu")
    with torch.no_grad():
        features = loaded.encode(torch.tensor(x))
        case = {"x": x, "features": features.numpy(), "reconstruction": loaded.decode(features).numpy()}
    save_file(case, folder / "case.safetensors")


if __name__ == "__main__":
    for chosen in sys.argv[2:]:
        make(Path(sys.argv[1]) / chosen, chosen)
