"""What SAELens computes from a folder, compared with a case.safetensors (x, features, reconstruction).

python sae_lens_check.py formula FOLDER CASE   by SAELens's formulas, with numpy alone
python sae_lens_check.py package FOLDER CASE   by sae-lens itself
python sae_lens_check.py make FOLDER KIND      sae-lens makes and saves a random autoencoder, and the case of it,
                                              with the x of FOLDER/x.safetensors where that is there
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def formula(folder):
    """StandardSAE.encode and .decode of sae-lens 6, for normalize_activations and reshape_activations "none"."""
    cfg = json.loads((folder / "cfg.json").read_text())
    assert cfg["architecture"] == "standard"
    assert cfg["normalize_activations"] == cfg["reshape_activations"] == "none"
    w = load_file(folder / "sae_weights.safetensors")

    def compute(x):
        features = np.maximum((x - w["b_dec"] * cfg["apply_b_dec_to_input"]) @ w["W_enc"] + w["b_enc"], 0)
        return features, features @ w["W_dec"] + w["b_dec"]

    return compute


def package(folder):
    import torch
    from sae_lens import SAE

    sae = SAE.load_from_disk(folder, dtype="float32")

    def compute(x):
        with torch.no_grad():
            features = sae.encode(torch.tensor(x))
            return features.numpy(), sae(torch.tensor(x)).numpy()

    return compute


def compare(compute, case):
    case = load_file(case)
    features, reconstruction = compute(case["x"])
    norms = np.linalg.norm(case["x"], axis=1)
    report = {
        "tokens": len(norms),
        "l0": float((features > 0).sum(axis=1).mean()),
        "features": float(np.abs(features - case["features"]).max() / np.abs(case["features"]).max()),
        "reconstruction": float((np.linalg.norm(reconstruction - case["reconstruction"], axis=1) / norms).max()),
    }
    print(json.dumps(report))


KINDS = {
    "standard": {"dtype": "float32", "apply_b_dec_to_input": True},
    "uncentred-bfloat16": {"dtype": "bfloat16", "apply_b_dec_to_input": False},
    "version-5": {"dtype": "float32", "apply_b_dec_to_input": True},
}


def make(folder, kind):
    import sae_lens
    import torch

    given = folder / "x.safetensors"
    x = load_file(given)["x"] if given.exists() else np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32)
    d_in, d_sae = x.shape[1], x.shape[1] * 3 // 2

    torch.manual_seed(1)
    shape = {"d_in": d_in, "d_sae": d_sae, "device": "cpu", **KINDS[kind]}
    if sae_lens.__version__.startswith("5."):
        config = sae_lens.SAEConfig(
            architecture="standard",
            activation_fn_str="relu",
            finetuning_scaling_factor=False,
            context_size=128,
            model_name="gpt2",
            hook_name="blocks.6.hook_resid_pre",
            hook_layer=6,
            hook_head_index=None,
            prepend_bos=True,
            dataset_path="",
            dataset_trust_remote_code=False,
            normalize_activations="none",
            sae_lens_training_version=None,
            **shape,
        )
        sae = sae_lens.SAE(config)
    else:
        from sae_lens.saes.sae import SAEMetadata

        metadata = SAEMetadata(model_name="gpt2", hook_name="blocks.6.hook_resid_pre")
        sae = sae_lens.StandardSAE(sae_lens.StandardSAEConfig(metadata=metadata, **shape))
    with torch.no_grad():
        for parameter in sae.parameters():
            parameter.copy_(torch.randn(parameter.shape))
    sae.save_model(folder)
    features, reconstruction = package(folder)(x)
    save_file({"x": x, "features": features, "reconstruction": reconstruction}, folder / "case.safetensors")


if __name__ == "__main__":
    mode, folder, argument = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if mode == "make":
        make(folder, argument)
    else:
        compare({"formula": formula, "package": package}[mode](folder), argument)
