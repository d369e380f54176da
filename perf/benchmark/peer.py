"""The other side of `npm run perf`: reads a task a line in JSON, answers with the milliseconds it took and
the most memory it has had, or why it cannot.

A task is made once, and run once, when first asked for; {"forget": true} frees all. `steps` is the training step of the
paper's Runs 0, 1 and 9 as a user would write it in PyTorch; the libraries take their own.
"""

import json
import re
import sys
import time

import torch

import peer_methods
from peer_methods import bias_for

threads = int(sys.argv[1])
torch.set_num_threads(threads)


def milliseconds(work, times=1):
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) * 1000 / times


def peak_bytes():
    """By the kernel's count since the program began; getrusage counts the parent's memory before that, too."""
    with open("/proc/self/status") as status:
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read())[1])


def inputs(d_in, batch):
    torch.manual_seed(0)
    return torch.randn(batch, d_in) / d_in**0.5


def own_step(d_in, d_sae, batch, run, active, precision, compiled):
    h = inputs(d_in, batch)
    W_dec = torch.nn.functional.normalize(torch.randn(d_sae, d_in), dim=1).requires_grad_()
    W_enc = W_dec.detach().T.contiguous().requires_grad_()
    b_enc = torch.full((d_sae,), bias_for(h @ W_enc.detach(), active)).requires_grad_()
    b_dec = torch.zeros(d_in, requires_grad=True)
    optimizer = torch.optim.Adam([W_enc, b_enc, W_dec, b_dec], lr=1e-6, fused=True)
    k = max(10, d_sae * (d_sae - 1) // 2 // 1000)
    H = torch.zeros(d_sae, d_sae) if run == 9 else None
    s = {"lambda1": 0.04, "tau": 0.1, "importance": torch.zeros(d_sae), "low": torch.zeros(d_sae, dtype=torch.int)}

    def product(a, b):
        """What autocast does; torch.compile's backward pass does not take autocast itself here."""
        return (a.bfloat16() @ b.bfloat16()).float() if precision == "bfloat16" else a @ b

    def compete(f):
        """§4.2 with Eq. 5's radii: the strongest neighbours, losers scaled by 1 − γ."""
        values, neighbours = H.topk(32, dim=1)
        radius = (H > 0.1).sum(1, keepdim=True).clamp(max=32)
        rivals = f.detach()[:, neighbours]
        rivals.masked_fill_(torch.arange(32) >= radius, 0)
        return f * (1 - 0.3 * (rivals.amax(2) > f.detach()))

    def pairs_of(X):
        """T_k of Eq. 2 by the Gram matrix."""
        c = product(X.T, X).abs_().triu_(1)
        values, place = c.flatten().topk(k, sorted=False)
        if run == 9:
            count = d_sae * (d_sae - 1) // 2
            mean = c.sum() / count
            sigma = (torch.linalg.vector_norm(c) ** 2 / count - mean**2).clamp(min=0).sqrt()
            place = place[values > mean + 2 * sigma]
        return place // d_sae, place % d_sae

    def fit(h, W_enc, b_enc, W_dec, b_dec):
        f = torch.relu(product(h - b_dec, W_enc) + b_enc)
        if run == 9:
            f = compete(f)
        loss = ((h - (product(f, W_dec) + b_dec)) ** 2).sum(1).mean() + s["lambda1"] * f.sum(1).mean()
        return loss, f

    loss_of = torch.compile(fit, dynamic=False) if compiled else fit

    def step():
        loss, f = loss_of(h, W_enc, b_enc, W_dec, b_dec)
        if run > 0:
            X = f / f.norm(dim=0).clamp(min=1e-8)
            with torch.no_grad():
                i, j = pairs_of(X)
            c = (X[:, i] * X[:, j]).sum(0).abs()
            loss = loss + s["tau"] * c.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            W_dec.grad.sub_(W_dec * (W_dec.grad * W_dec).sum(1, keepdim=True))
            optimizer.step()
            W_dec.div_(W_dec.norm(dim=1, keepdim=True))
            if run == 9:
                fires = (f > 0).float()
                mean = c.mean().item() if len(c) else 0
                s["tau"] = min(0.5, max(0.01, 0.9 * s["tau"] + 0.1 * s["tau"] * mean / 0.1))
                s["importance"].mul_(0.99).add_(f.norm(dim=0), alpha=0.01)
                s["low"] = torch.where(s["importance"] < 0.01, s["low"] + 1, 0)
                H.mul_(0.99).add_(fires.T @ fires, alpha=0.01 / batch)
                s["lambda1"] = min(0.2, max(0.01, s["lambda1"] * (1 + 0.1 * (fires.mean().item() - 0.1))))
        loss.item()
        return f

    def share():
        return (torch.relu((h - b_dec) @ W_enc + b_enc) > 0).float().mean().item()

    return step, share


def steps(library, run, d_in, d_sae, batch, active, precision, compiled=False, steps=1):
    if library == "PyTorch":
        step, share = own_step(d_in, d_sae, batch, run, active, precision, compiled)
        return measured(step, share, active, steps)
    bfloat16 = {"autocast": precision == "bfloat16"}
    return method_steps(library, "relu", d_in, d_sae, batch, active * d_sae, steps, revived=False, **bfloat16)


def method_steps(library, method, d_in, d_sae, batch, k, steps=1, **options):
    step, l0 = peer_methods.makers[library](method, inputs(d_in, batch), d_sae, k, **options)
    return measured(step, l0, k, steps)


def measured(step, found, expected, steps):
    """The milliseconds of a step, once features are known to fire as often as they are to."""
    step()
    with torch.no_grad():
        fires = found()
    if abs(fires - expected) > 0.2 * expected:
        raise ValueError(f"features fire {fires:.4g}, they are to {expected:.4g}")
    return lambda: milliseconds(step, steps)


def selection(d_sae, batch, active):
    """Eq. 2's top k of all |cos| over a batch: the Gram matrix, its upper triangle, topk."""
    torch.manual_seed(0)
    f = torch.rand(batch, d_sae) * (torch.rand(batch, d_sae) < active)
    k = max(10, d_sae * (d_sae - 1) // 2 // 1000)

    def run():
        X = f / f.norm(dim=0).clamp(min=1e-8)
        (X.T @ X).abs_().triu_(1).flatten().topk(k, sorted=False)

    return lambda: milliseconds(run)


def decoder(blocks, batch, length, precision):
    """transformers' Llama with SmolLM2-135M's shape and random weights: speed does not depend on them."""
    from transformers import LlamaConfig, LlamaModel  # large: not loaded where memory is measured

    config = LlamaConfig(
        hidden_size=576, intermediate_size=1536, num_attention_heads=9, num_key_value_heads=3,
        num_hidden_layers=blocks, vocab_size=49152, max_position_embeddings=8192, rope_theta=100000,
    )
    model = LlamaModel(config).eval().to(getattr(torch, precision))
    ids = torch.randint(0, 49152, (batch, length))

    def run():
        with torch.no_grad():
            model(ids, output_hidden_states=True, use_cache=False)

    return lambda: milliseconds(run)


makers = {"steps": steps, "method": method_steps, "selection": selection, "decoder": decoder}
tasks = {}
for line in sys.stdin:
    request = json.loads(line)
    if "forget" in request:
        tasks.clear()
        answer = None
    else:
        try:
            if line not in tasks:
                tasks[line] = makers[request["task"]](**request["options"])
                tasks[line]()  # warm-up
            answer = {"milliseconds": tasks[line]()}
            answer["peakBytes"] = peak_bytes()
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
