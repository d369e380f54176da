"""What SAELens computes from a folder, compared with a case.safetensors (x, features, reconstruction).

python sae_lens_check.py formula FOLDER CASE   by SAELens's formulas, with numpy alone
python sae_lens_check.py package FOLDER CASE   by sae-lens itself
python sae_lens_check.py make FOLDER KIND…     sae-lens makes and saves a random autoencoder of each kind in FOLDER/KIND, and the
                                              case of it, with the x of FOLDER/x.safetensors where that is there
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def formula(folder):
    """What StandardSAE, TopKSAE and JumpReLUSAE of sae-lens 6 compute, as folders written here ask for it."""
    cfg = json.loads((folder / "cfg.json").read_text())
    assert cfg["normalize_activations"] == cfg["reshape_activations"] == "none"
    assert not cfg.get("rescale_acts_by_decoder_norm")
    w = load_file(folder / "sae_weights.safetensors")

    def kept(z):
        if cfg["architecture"] == "topk":
            bound = np.partition(z, -cfg["k"], axis=1)[:, -cfg["k"], None]
            return z >= bound
        if cfg["architecture"] == "jumprelu":
            return z > w["threshold"]
        assert cfg["architecture"] == "standard"
        return True

    def compute(x):
        z = (x - w["b_dec"] * cfg["apply_b_dec_to_input"]) @ w["W_enc"] + w["b_enc"]
        features = np.maximum(z, 0) * kept(z)
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
    "topk": {"rescale_acts_by_decoder_norm": True},
    "jumprelu": {},
    "gated": {},
    "topk-trained": {},
    "batchtopk-trained": {},
    "batchtopk-in-training": {},
    "matryoshka-in-training": {},
}


def made(kind, d_in, d_sae):
    """A random autoencoder of this kind."""
    import sae_lens
    import torch
    from sae_lens.saes.sae import SAEMetadata

    shape = {"d_in": d_in, "d_sae": d_sae, "device": "cpu", **KINDS[kind]}
    k = d_sae // 4
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
        return sae_lens.SAE(config)
    shape["metadata"] = SAEMetadata(model_name="gpt2", hook_name="blocks.6.hook_resid_pre")
    if kind == "topk":
        return sae_lens.TopKSAE(sae_lens.TopKSAEConfig(k=k, **shape))
    if kind == "jumprelu":
        return sae_lens.JumpReLUSAE(sae_lens.JumpReLUSAEConfig(**shape))
    if kind == "gated":
        return sae_lens.GatedSAE(sae_lens.GatedSAEConfig(**shape))
    if kind == "topk-trained":
        return sae_lens.TopKTrainingSAE(sae_lens.TopKTrainingSAEConfig(k=k, **shape))
    if kind.startswith("batchtopk"):
        return sae_lens.BatchTopKTrainingSAE(sae_lens.BatchTopKTrainingSAEConfig(k=k, **shape))
    if kind.startswith("matryoshka"):
        widths = [d_sae // 2, d_sae]
        config = sae_lens.MatryoshkaBatchTopKTrainingSAEConfig(k=k, matryoshka_widths=widths, **shape)
        return sae_lens.MatryoshkaBatchTopKTrainingSAE(config)
    return sae_lens.StandardSAE(sae_lens.StandardSAEConfig(**shape))


def make(folder, kind):
    import torch

    given = folder.parent / "x.safetensors"
    x = load_file(given)["x"] if given.exists() else np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32)
    d_in, d_sae = x.shape[1], x.shape[1] * 3 // 2

    torch.manual_seed(1)
    sae = made(kind, d_in, d_sae)
    with torch.no_grad():
        for parameter in sae.parameters():
            parameter.copy_(torch.randn(parameter.shape))
        typical = float((torch.tensor(x) @ sae.W_enc.float()).std())
        if hasattr(sae, "threshold"):
            sae.threshold.copy_(typical * torch.rand(d_sae))
        if hasattr(sae, "topk_threshold"):
            sae.topk_threshold.fill_(typical * float(sae.W_dec.norm(dim=-1).mean()))
    (sae.save_inference_model if kind.endswith("-trained") else sae.save_model)(folder)
    inference = folder
    if kind.endswith("-in-training"):  # what is computed after training
        inference = Path(tempfile.mkdtemp())
        sae.save_inference_model(inference)
    features, reconstruction = package(inference)(x)
    save_file({"x": x, "features": features, "reconstruction": reconstruction}, folder / "case.safetensors")


if __name__ == "__main__":
    mode, folder, *arguments = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]
    if mode == "make":
        for kind in arguments:
            make(folder / kind, kind)
    else:
        compare({"formula": formula, "package": package}[mode](folder), *arguments)
