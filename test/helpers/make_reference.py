"""Makes test/fixtures/smollm2/: what the reference implementations say of SmolLM2-135M-Instruct (Q4_1 GGUF).

Python 3.11 with torch==2.6.0 transformers==4.57.1 accelerate==1.10.1 gguf==0.17.1 tokenizers==0.22.2
safetensors==0.8.0 numpy==2.4.6, all from PyPI. Run: python make_reference.py smollm2-135m-instruct.gguf

residuals.safetensors  the residual stream after blocks 6, 14, 22 at 16 positions of one sequence of 128 tokens, computed
                       by transformers in float32 from the weights that it dequantises from the same GGUF
tokens.json            texts and their ids by Hugging Face's tokenizers

transformers' own conversion of this GGUF's tokenizer is not the reference: it has neither the model's pre-tokenizer
(digits one by one, then byte level: "smollm" in the metadata, and in the published tokenizer.json) nor, with its
added <|im_start|>, the metadata's add_bos_token = false. So the tokenizer is assembled here from its published parts.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import torch
from gguf import GGUFReader
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
BLOCKS = [6, 14, 22]
POSITIONS = [0, 1, 2, 3, 7, 15, 23, 31, 47, 63, 79, 95, 103, 111, 119, 127]
TEXT = """Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and
nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.
It is a way I have of driving off the spleen and regulating the circulation. Whenever I find myself growing grim about
the mouth; whenever it is a damp, drizzly November in my soul; whenever I find myself involuntarily pausing before coffin
warehouses, and bringing up the rear of every funeral I meet; and especially whenever my hypos get such an upper hand of
me, that it requires a strong moral principle to prevent me from deliberately stepping into the street, and methodically
knocking people's hats off—then, I account it high time to get to sea as soon as I can."""

STRINGS = [
    "", " ", "  ", "   a", "a   ", "\n", "\n\n\n", "\t\tx", " \n \n ", "\r\n", "a\r\nb", "a b", "hello world", "Hello World",
    "1", "12", "123", "1851", " 1851.", "3.14159", "1,000,000", "v2.0.1-rc3", "007", "x1y22z333", "0x7f3a",
    "²", "x²+y³", "½ cup", "٣٤٥", "१२३", "Ⅷ", "①②③", "𝟘𝟙𝟚", "五百", "１２３", "10²", " ²", "a٣b",
    "it's we're I'll don't you've I'd I'm", "IT'S WE'RE", "'s 't", "rock'n'roll", "’s",
    "naïve café", "cafe\u0301", "Größe", "ΑΒΓ αβγ", "Привет, мир", "你好，世界。", "こんにちは世界", "안녕하세요", "שלום", "مرحبا",
    "ไทย", "ẞß", "İstanbul", "ﬁ", "\u00a0", "a\u00a0b", "\u2003x", "\u3000x", "\ufeffx", "a\ufeff b", "x\u0085y", "\u0085\u0085",
    "\u200bx", "\u200d", "a\u2028b", "\x00", "a\x00b", "\x07\x1b[0m", "\x1c\x1d", "\x7f", "\x0b\x0c",
    "🙂", "👨\u200d👩\u200d👧", "🇫🇷🇩🇪", "👍🏽!", "a🙂b", "\U0001f9ff", "\U0010ffff", "\ue000", "\ufffd",
    "def f(x):\n    return x**2  # ok\n", "for (let i = 0; i < n; i++) {\n\t\ta[i] += 1;\n}\n", "a==b&&c!=d||!e",
    "#include <stdio.h>\nint main(void){return 0;}", "https://example.org/a?b=c&d=%20#e", "user@example.org", "C:\\Windows\\x",
    "SELECT * FROM t WHERE a >= 10;", "\\frac{1}{2} \\sum_{i=1}^{n} x_i^2", "∑_{i≤n} λ₁‖a‖₁ → ℝ³", "----------", "=" * 80, " " * 100,
    "\n" * 20, "." * 17, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "<|im_start|>user\nHi<|im_end|>\n", "<|endoftext|>", "a<|endoftext|>b", "<|endoftext|", "<|im_start|><|im_start|>", " <|im_end|> ",
    "<file_sep>x", "<filename>a.py", "<reponame>", "<repo_name>", "<empty_output>", "<jupyter_code>1+1<jupyter_output>2", "<file_sep",
    "<|im_start|>12<|im_end|>34", "__proto__", "constructor", "toString", "null", "NaN", "Ġ", "ĠĠ the", "Ċ", "â", "Ã©",
    "The quick brown fox jumps over the lazy dog. 1234567890", "MiXeD CaSe wOrDs", "snake_case camelCase kebab-case",
    "e\u0301\u0302\u0303", "\u0301", " \u0301", "ﷺ", "Ωﬃ", "\t \t \n x", "x \n", "x  \n  y", "end ",
    TEXT,
]  # fmt: skip


def read_tokenizer(gguf: GGUFReader) -> Tokenizer:
    field = lambda name: gguf.fields[f"tokenizer.ggml.{name}"].contents()
    assert field("pre") == "smollm" and field("model") == "gpt2"
    tokens = field("tokens")
    merges = [tuple(m.split(" ")) for m in field("merges")]
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = [t for t, kind in zip(tokens, field("token_type")) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in control])
    return tokenizer


def main() -> None:
    file = pathlib.Path(sys.argv[1])
    assert hashlib.sha256(file.read_bytes()).hexdigest() == SHA256
    out = pathlib.Path(__file__).parent.parent / "fixtures" / "smollm2"
    tokenizer = read_tokenizer(GGUFReader(file))
    rows = [{"text": s, "ids": tokenizer.encode(s, add_special_tokens=False).ids} for s in STRINGS]
    (out / "tokens.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")

    ids = torch.tensor([tokenizer.encode(TEXT).ids[:128]])
    assert ids.shape == (1, 128)
    model = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    kept = {}
    for block in BLOCKS:
        def keep(_module, _inputs, output, block=block):
            kept[block] = (output if torch.is_tensor(output) else output[0])[0]
        model.model.layers[block].register_forward_hook(keep)
    with torch.no_grad():
        model.model(ids)
    tensors = {f"resid_post.{b}": kept[b][POSITIONS].numpy() for b in BLOCKS}
    tensors["input_ids"] = ids.numpy().astype(np.int32)
    tensors["positions"] = np.array(POSITIONS, np.int32)
    save_file(tensors, out / "residuals.safetensors")


main()
