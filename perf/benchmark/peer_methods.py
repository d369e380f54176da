"""The other methods' training steps for peer.py: SAELens's and dictionary_learning's own, as each package's training loop
takes them, and plain PyTorch for the methods that neither package has.

Each maker gives a step, and what says how many features a token fires. A feature is dead where it did not fire in the step
before, if `revived`: then the auxiliary loss has work in every step; else no feature is dead.
"""

import itertools
import sys
from unittest.mock import MagicMock

import torch

prefixes = (16, 8, 4, 2, 1)  # Matryoshka's: d_sae divided by these
rate = 1e-6  # weights hardly move: what fires stays as it is


def bias_for(pre, active):
    """The bias with which this share of pre-activations is above zero."""
    sample = pre.flatten()[:: max(1, pre.numel() // 100_000)]
    return -torch.quantile(sample, 1 - active).item()


def sae_lens(method, h, d_sae, k, revived, autocast=False):
    import sae_lens as package
    from sae_lens.config import SAETrainerConfig
    from sae_lens.training.sae_trainer import SAETrainer

    batch, d_in = h.shape
    name, options = {
        "relu": ("Standard", {"l1_coefficient": 0.04}),
        "top-k": ("TopK", {"k": k}),
        "batch-top-k": ("BatchTopK", {"k": k}),
        "matryoshka": ("MatryoshkaBatchTopK", {"k": k, "matryoshka_widths": [d_sae // part for part in prefixes]}),
        "jump-relu": ("JumpReLU", {
            "jumprelu_sparsity_loss_mode": "quadratic", "target_l0": k, "jumprelu_init_threshold": 0.001,
            "jumprelu_bandwidth": 0.001,
        }),
    }[method]
    config = getattr(package, f"{name}TrainingSAEConfig")(d_in=d_in, d_sae=d_sae, decoder_init_norm=1.0, **options)
    sae = getattr(package, f"{name}TrainingSAE")(config)
    if method in ("relu", "jump-relu"):
        with torch.no_grad():
            sae.b_enc.fill_(bias_for(h @ sae.W_enc, k / d_sae))
    trainer = SAETrainer(
        SAETrainerConfig(
            total_training_samples=10**9, train_batch_size_samples=batch, lr=rate, lr_end=rate, autocast=autocast,
            dead_feature_window=1 if revived else 10**9,
        ),
        sae,
        iter(()),
    )

    def step():
        trainer.step(h).loss.item()
        trainer.n_training_steps += 1

    return step, lambda: (sae.encode(h) > 0).float().sum(1).mean().item()


def dictionary_learning(method, h, d_sae, k, revived, autocast=False):
    sys.modules.setdefault("nnsight", MagicMock())  # language models, which the package imports beside its trainers
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.jumprelu import JumpReluTrainer
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
    from dictionary_learning.trainers.standard import StandardTrainer
    from dictionary_learning.trainers.top_k import TopKTrainer

    batch, d_in = h.shape
    top_k = {"k": k, "threshold_start_step": 0}
    fractions = [1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2]
    Trainer, options = {
        "relu": (StandardTrainer, {"l1_penalty": 0.04}),
        "top-k": (TopKTrainer, top_k),
        "batch-top-k": (BatchTopKTrainer, top_k),
        "matryoshka": (MatryoshkaBatchTopKTrainer, {**top_k, "group_fractions": fractions}),
        "jump-relu": (JumpReluTrainer, {"target_l0": k}),
    }[method]
    trainer = Trainer(
        steps=10**6, activation_dim=d_in, dict_size=d_sae, layer=0, lm_name="", lr=rate, device="cpu", **options,
    )
    if method in ("relu", "jump-relu"):
        with torch.no_grad():
            bias = trainer.ae.encoder.bias if method == "relu" else trainer.ae.b_enc
            W_enc = trainer.ae.encoder.weight.T if method == "relu" else trainer.ae.W_enc
            bias.fill_(bias_for(h @ W_enc, k / d_sae))
    trainer.dead_feature_threshold = batch if revived else 10**12  # in tokens
    at = itertools.count(1)  # step 0 finds the batch's geometric median as well
    selects = {} if method in ("relu", "jump-relu") else {"use_threshold": False}

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            trainer.update(next(at), h)

    return step, lambda: (trainer.ae.encode(h, **selects) > 0).float().sum(1).mean().item()


def plain(method, h, d_sae, k, revived):
    """Eq. 7 with one change, by autograd and fused Adam, as a user would write it."""
    batch, d_in = h.shape
    W_dec = torch.nn.functional.normalize(torch.randn(d_sae, d_in), dim=1)
    W_enc = W_dec.T.contiguous()
    weights = {
        "W_enc": W_enc, "W_dec": W_dec, "b_dec": torch.zeros(d_in),
        "b_enc": torch.full((d_sae,), 0.0 if method == "ort-sae" else bias_for(h @ W_enc, k / d_sae)),
    }
    frozen = {"frozen-decoder": ["W_dec"], "frozen-random": ["W_dec", "W_enc"]}.get(method, [])
    for name, weight in weights.items():
        weight.requires_grad_(name not in frozen)
    W_enc, W_dec, b_enc, b_dec = (weights[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec"))
    optimizer = torch.optim.Adam([w for w in weights.values() if w.requires_grad], lr=rate, fused=True)
    fired = torch.ones(d_sae, dtype=torch.bool)

    def features():
        r = torch.relu((h - b_dec) @ W_enc + b_enc)
        if method != "ort-sae":
            return r, r
        values, places = r.flatten().topk(k * batch, sorted=False)
        return r, torch.zeros_like(r.flatten()).scatter(0, places, values).view_as(r)

    def auxiliary(r, e):
        dead = ~fired
        count = min(d_in // 2, int(dead.sum()))
        if count == 0:
            return 0
        values, places = torch.where(dead, r, 0).topk(count, sorted=False)
        residual = e - torch.zeros_like(r).scatter(1, places, values) @ W_dec
        return residual.square().sum() / (e - e.mean(0)).square().sum() / 32

    def orthogonality():
        W = W_dec / W_dec.norm(dim=1, keepdim=True).clamp(min=1e-8)
        chunks = torch.randperm(d_sae).chunk(-(-d_sae // 8192))
        return sum((W[c] @ W[c].T).fill_diagonal_(-2).amax(1).square().mean() for c in chunks) / len(chunks)

    def all_pairs(f):
        X = f / f.norm(dim=0).clamp(min=1e-8)
        pairs = d_sae * (d_sae - 1) // 2
        return 0.1 * max(10, pairs // 1000) / pairs * (X.T @ X).abs().triu(1).sum()

    def step():
        nonlocal fired
        r, f = features()
        error = h - (f @ W_dec + b_dec)
        loss = error.square().sum(1).mean()
        if method == "ort-sae":
            loss = loss + 0.25 * orthogonality() + (auxiliary(r, error.detach()) if revived else 0)
        else:
            loss = loss + 0.04 * f.sum(1).mean()
        if method == "all-pairs":
            loss = loss + all_pairs(f)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            if W_dec.requires_grad:
                W_dec.grad.sub_(W_dec * (W_dec.grad * W_dec).sum(1, keepdim=True))
            optimizer.step()
            if W_dec.requires_grad:
                W_dec.div_(W_dec.norm(dim=1, keepdim=True))
            fired = (f > 0).any(0)
        loss.item()

    return step, lambda: (features()[1] > 0).float().sum(1).mean().item()


makers = {"SAELens": sae_lens, "dictionary_learning": dictionary_learning, "PyTorch": plain}
