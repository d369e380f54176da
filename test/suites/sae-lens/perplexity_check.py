"""Perplexity of a model by transformers, in float32: python perplexity_check.py FOLDER '[[ids], …]' prints {"perplexity": …}.

The mean is over positions 1 … T − 2 of all sequences together, each of which predicts the token after it.
"""
import json
import math
import sys

import torch
from transformers import AutoModelForCausalLM

folder, sequences = sys.argv[1], json.loads(sys.argv[2])
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
ids = torch.tensor(sequences)
with torch.no_grad():
    logits = model(ids).logits
losses = torch.nn.functional.cross_entropy(logits[:, 1:-1].transpose(1, 2).double(), ids[:, 2:], reduction="mean")
print(json.dumps({"perplexity": math.exp(losses.item())}))
