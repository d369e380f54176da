"""Writes lines.jsonl.zst and the sha256 of what it holds: two frames, a skippable one between them, long and short lines."""
import hashlib, json, random, struct, sys, zstandard
random.seed(1)
words = "the residual stream of every token after a block is what an autoencoder is trained on Straße 数学 🙂".split()
def line(n, name):
    text = " ".join(random.choice(words) for _ in range(n))
    return json.dumps({"text": text, "meta": {"pile_set_name": name}}, ensure_ascii=bool(n % 2)) + "\n"
lines = [line(n, "Github") for n in (1, 5, 20, 300, 9000)] + [line(3, "EuroParl") for _ in range(40)]
first, second = "".join(lines[:3]).encode() + lines[4].encode(), "".join([lines[3], *lines[5:]]).encode().rstrip(b"\n")
cut = len(first) // 2  # the frames' border lies inside a line
frames = [zstandard.ZstdCompressor(level=19, write_checksum=True).compress(first[:cut]),
          struct.pack("<II", 0x184D2A50, 5) + b"aside",
          zstandard.ZstdCompressor(level=1).compress(first[cut:] + second)]
open(sys.argv[1] + "/lines.jsonl.zst", "wb").write(b"".join(frames))
print(hashlib.sha256(first + second).hexdigest(), (first + second).count(b"\n") + 1, len(first + second))
