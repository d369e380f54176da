"""PyTorch's side of `npm run perf`: reads a task a line ({"task": …} in JSON), answers with the milliseconds it took.

The SAE step is what a user would write: autograd, Adam (fused=True), unit decoder rows, the gradient's radial part
removed; the decoder is transformers' Llama with SmolLM2-135M's shape and random weights (speed does not depend on them).
"""

import json
import sys
import time

import torch
from transformers import LlamaConfig, LlamaModel

torch.set_num_threads(int(sys.argv[1]))
tasks = {}


def sae_step(d, batch, steps):
    torch.manual_seed(0)
    W_dec = torch.nn.functional.normalize(torch.randn(d, d), dim=1).requires_grad_()
    W_enc = W_dec.detach().T.clone().requires_grad_()
    b_enc, b_dec = torch.zeros(d, requires_grad=True), torch.zeros(d, requires_grad=True)
    optimizer = torch.optim.Adam([W_enc, b_enc, W_dec, b_dec], lr=3e-4, fused=True)
    h = torch.randn(batch, d) / d**0.5

    def run():
        started = time.perf_counter()
        for _ in range(steps):
            f = torch.relu((h - b_dec) @ W_enc + b_enc)
            loss = ((h - (f @ W_dec + b_dec)) ** 2).sum(1).mean() + 0.04 * f.sum(1).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            with torch.no_grad():
                W_dec.grad.sub_(W_dec * (W_dec.grad * W_dec).sum(1, keepdim=True))
                optimizer.step()
                W_dec.div_(W_dec.norm(dim=1, keepdim=True))
            loss.item()
        return (time.perf_counter() - started) * 1000 / steps

    return run


def decoder(blocks, batch, length):
    config = LlamaConfig(
        hidden_size=576, intermediate_size=1536, num_attention_heads=9, num_key_value_heads=3,
        num_hidden_layers=blocks, vocab_size=49152, max_position_embeddings=8192, rope_theta=100000,
    )
    model = LlamaModel(config).eval()
    ids = torch.randint(0, 49152, (batch, length))

    def run():
        started = time.perf_counter()
        with torch.no_grad():
            model(ids, output_hidden_states=True, use_cache=False)
        return (time.perf_counter() - started) * 1000

    return run


makers = {"saeStep": sae_step, "decoder": decoder}
for line in sys.stdin:
    request = json.loads(line)
    key = line
    if key not in tasks:
        tasks[key] = makers[request["task"]](**request["options"])
        tasks[key]()  # warm-up
    print(json.dumps(tasks[key]()), flush=True)
