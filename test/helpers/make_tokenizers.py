"""Makes test/fixtures/tokenizers/: small tokenizers in the published forms, texts, and their ids by Hugging Face's tokenizers.

Python 3.11 with tokenizers==0.22.2, from PyPI (0.23.3 gives the same). Run: python make_tokenizers.py

models.json  the pairs of bytes, and of signs with bytes as fallback, that all forms share: merged across words and
             digits, so that a text cut at another place gets other ids
forms.json   for each form its tokenizer.json, with the name of its model in place of the vocabulary and the merges
texts.json   the texts
ids.json     for each form, the ids of each text without what the post-processor adds
"""

import json
import pathlib
import random
from collections import Counter

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "tokenizers"

SPACES = ["\t", "\n", "\x0b", "\x0c", "\r", "\x1c", "\x1f", " ", "\x85", "\xa0", "\u1680", "\u180e", "\u2000", "\u2003", "\u200a",
          "\u200b", "\u200c", "\u200d", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff"]  # fmt: skip
NUMBERS = ["7", "42", "2024", "٣", "४२", "½", "²", "Ⅷ", "①", "𝟘𝟙", "五", "１２", "൰", "〇", "\U00011de0", "\U00016ff4"]
MARKS = ["\u0301", "\u0308", "\u0334", "\u0345", "\u093c", "\u1acf", "\u1df6", "\U0001e2ec", "\U00011930", "\u20dd", "\ufe0f"]
LETTERS = ["a", "the", "Zw", "é", "e\u0301", "ß", "ſ", "\u212a", "Å", "\u212b", "İ", "ι", "\u1fbe", "ж", "שלום", "كتاب", "ไทย", "你好", "の", "カ",
           "한", "\u1100\u1161", "ʕ", "𐐀", "𝒜", "ﬁ", "ª", "\u088f", "\ua7d2", "\U000323b0", "\U00011935"]  # fmt: skip
SIGNS = ["!", "?", ".", ",", "'", "’", "-", "_", "(", ")", "[", "]", "{", "}", "\\", "/", "$", "^", "|", "~", "`", "#", "&&", "--", "。", "！",
         "“", "€", "+", "=", "<", ">", "\u00ad", "\u0000", "\ue000", "\ufffd", "🙂", "👨\u200d👩", "🇫🇷", "\u20c1", "\U0010ffff"]  # fmt: skip
TOKENS = ["<s>", "<|begin_of_text|>", "<|eot|>", "<|eot", "<pad>", "<unk>", "<bos>", "<0x0A>", "▁", "▁▁", "Ġ", "[W]", "[L]", "[R]", "é!", "e\u0301!"]
WORDS = ["'s", "'S", "'ſ", "'LL", "'Ve", "'re", "'D", "'t", "'T", "it's", "IT'S", "can't", "we'll", "’s", "'k", "'x"]

CURATED = [
    "", " ", "  ", "   ", " a", "a ", "  a  ", "a   b", "\n", "\n\n", "\r\n", "\r\n\r\n", "a\r\nb", "a \n b", "a\n\n\nb ", "\t\tx", " \t \n ",
    "x  \n  y", "a\n", "a \n", "a  \n\n", "end \u00a0", "\u00a0 \u00a0x", " \u3000\u3000 x", "\u0085\u0085a", "a\u0085 b", "\ufeffa", "a\ufeff\ufeffb",
    " " * 17 + "x", "x" + " " * 33, "\n" * 9, "\t" * 5 + "if", "0", "00", "123", "1234", "12345678", " 12", "12 34", "a1b22c333", "3.14", "1,000", "x²+y³",
    "½ cup", "a ½ b", "a ٤", "x Ⅷ", "٣٤٥٦", "१२३४", "①②③④", "１２３４", "𝟘𝟙𝟚𝟛", "10²", "五百", "2½", "½½", "v2.0.1", "0x7f",
    "hello world", "Hello  World", "it's we're I'll", "IT'S WE'RE I'LL", "'s't", "'ſ", "a'ſb", "'\u212a", "don’t", "rock'n'roll", "naïve café",
    "cafe\u0301", "e\u0301\u0302", "\u0301", " \u0301", "a\u0301\u0334", "a\u0334\u0301", "x\u0345\u0301", "x\U0001e2ec\u0334", "\U00011935\U00011930",
    "\u1100\u1161\u11a8", "\u0958", "\u2126\u212a\u212b", "Straße", "ǅ", "İstanbul", "Привет, мир", "你好，世界。", "こんにちは", "안녕 하세요", "שלום", "مرحبا",
    "ไทย ไทย", "हिन्दी", "🙂🙂", "👨\u200d👩\u200d👧", "🇫🇷🇩🇪", "👍🏽!", "a🙂b", "\U0001f9ff", "\U0010ffff", "\ue000", "\ufffd", "\x00", "a\x00b", "\x7f", "\x1c\x1d",
    "def f(x):\n    return x**2\n", "i++) {\n\t\ta[i] += 1;\n}", "a==b&&c!=d||!e", "https://a.org/?b=c&d=%20#e", "u@e.org", "C:\\x", "\\frac{1}{2}",
    "----", "====", "....", "!?!?", "$$$", "a--b", "snake_case", "camelCase", "kebab-case", "MiXeD", "aaaaaaaaaa", "ababab", "__proto__", "constructor",
    "<s>", "a<s>b", " <s> ", "<s><s>", "<s", "<|begin_of_text|>x", "x<|eot|>", "x <|eot|> y", "<|eot|", "<|eot|>12<|eot|>34", "<unk>", "<pad>", "<bos>a",
    "<0x0A>", "<0xFF>", "▁", "▁▁", "▁a", "a▁b", " ▁ ", "Ġ", "Ċ", "Ã©", "[W]", "a[W]", "a [W] b", "[W]_", "é[W]", "a [L] b", "a\u00a0[L]", "\ufeff[L]b", "\u0085[L]",
    "[R] a", "[R]\u0085\u00a0a", "[R]\ufeffa", "[R] [L] x", "a  [L][R]  b", "a [R]  [L] b", "é!", "e\u0301!", "xe\u0301!y", "<|eot|>é!", "z é! z", "ab[W]cd [W]",
    "\u088f\u088f a", "\ua7d2a", "\U000323b0 \U000323b0", "\u20c1\u20c1", "\U00011de0\U00011de1", "ʕa ʕ", "x\u1acf\u0301", "a \U00016ff4",
    "?!a", "。！你", "‘a’", "～~", "\u3000。", " 你好", " ！", " a你好12", "a,b;c", "Ωk", "\u1fbea", "$1", "$&", "a  $", "((a))", "[[b]]", "x\u200by",
]  # fmt: skip


def made_up_texts() -> list[str]:
    rng = random.Random(7)
    parts = [SPACES, [" "], NUMBERS, MARKS, LETTERS, LETTERS, SIGNS, TOKENS, WORDS]
    return ["".join(rng.choice(rng.choice(parts)) for _ in range(rng.randint(2, 6))) for _ in range(260)]


TEXTS = list(dict.fromkeys(CURATED + made_up_texts()))


def trained(alphabet: list[str], size: int, spaces: str) -> dict:
    """Pairs merged across whole texts: no word or digit holds them apart."""
    tokenizer = Tokenizer(models.BPE())
    if spaces == "bytes":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    corpus = [t for t in TEXTS if not set("<[|") & set(t)] * 2 + ["the the  the 12 34 123 1234 it's IT'S  a\n\n b \n a"] * 9
    corpus = corpus if spaces == "bytes" else [t.replace(" ", "▁") for t in corpus]
    counts = Counter(sign for text in corpus for sign in text)
    common = sorted(counts, key=lambda sign: (-counts[sign], sign))[:60]  # the others have only the bytes to fall back to
    limit = {} if spaces == "bytes" else {"limit_alphabet": 60}
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet or common, show_progress=False, min_frequency=2, **limit
    )
    tokenizer.train_from_iterator(corpus, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return {"vocab": model["vocab"], "merges": model["merges"]}


def with_bytes(model: dict) -> dict:
    """Special tokens first, then a token for each byte, then the model's own, as in Llama-2 and Gemma."""
    first = ["<pad>", "<s>", "</s>", "<unk>", "<bos>", "\n\n", "▁▁"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = list(dict.fromkeys(first + sorted(model["vocab"], key=model["vocab"].get)))
    return {"vocab": {token: i for i, token in enumerate(tokens)}, "merges": model["merges"]}


def split(regex: str, behavior: str = "Isolated", invert: bool = False) -> dict:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def at(string: str, behavior: str, invert: bool = False) -> dict:
    return {"type": "Split", "pattern": {"String": string}, "behavior": behavior, "invert": invert}


def sequence(*steps: dict) -> dict:
    return {"type": "Sequence", "pretokenizers": list(steps)}


def byte_level(use_regex: bool, add_prefix_space: bool = False) -> dict:
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": True, "use_regex": use_regex}


def replace(old: str, new: str) -> dict:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def template(*tokens: tuple[str, int]) -> dict:
    place = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": t, "type_id": 0}} for t, _ in tokens] + [place],
        "pair": [place, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in tokens},
    }


def added(*tokens: str | tuple[str, dict], start: int) -> list[dict]:
    base = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    pairs = [t if isinstance(t, tuple) else (t, {}) for t in tokens]
    return [{"id": start + i, "content": content, **base, **options} for i, (content, options) in enumerate(pairs)]


LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_LETTERS = (
    "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d"
    "\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb"
    "\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139"
    "\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"
)
DEEPSEEK3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
FALLBACK = {"type": "Sequence", "decoders": [replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}]}
NORMALIZED = {"normalized": True, "special": False}
DIGITS = {"type": "Digits", "individual_digits": True}


def forms(models_: dict) -> dict:
    end = len(models_["bytes"]["vocab"])
    few = len(models_["fewBytes"]["vocab"])

    def form(model: str, pre: dict | None, tokens: list[dict], options: dict = {}, **parts: dict) -> dict:
        return {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens,
            "normalizer": parts.get("normalizer"), "pre_tokenizer": pre, "post_processor": parts.get("post_processor"),
            "decoder": FALLBACK if model == "signs" else byte_level(True, True),
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": model == "signs", "ignore_merges": False, **options, "is": model},
        }  # fmt: skip

    unk = {"unk_token": "<unk>", "fuse_unk": True}
    signs = added("<pad>", "<s>", "</s>", "<unk>", "<bos>", start=0)
    every = added(("[W]", {"single_word": True}), ("[L]", {"lstrip": True}), ("[R]", {"rstrip": True}), ("é!", NORMALIZED),
                  ("<|eot", NORMALIZED), "eot|>", start=end)  # fmt: skip
    chat = added("<|begin_of_text|>", "<|eot|>", start=end)
    begin = template(("<|begin_of_text|>", end))
    spaced = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace(" ", "▁")]}
    return {
        "smollm2": form("bytes", sequence(DIGITS, byte_level(True)), added("<|eot|>", "<s>", start=end)),
        "llama3": form("bytes", sequence(split(LLAMA3), byte_level(False)), chat, {"ignore_merges": True},
                       post_processor={"type": "Sequence", "processors": [byte_level(True, True), begin]}),
        "qwen2": form("bytes", sequence(split(QWEN2), byte_level(False)), added("<|eot|>", ("é!", NORMALIZED), start=end),
                      normalizer={"type": "NFC"}, post_processor=byte_level(False)),
        "deepseek-llm": form("bytes", sequence(split(r"[\r\n]"), split(DEEPSEEK_LETTERS), split(r"\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"
                             .replace(r"\u3000", "\u3000")), split(r"\s+$"), split("[一-龥\u0800-一가-\ud7ff]+"), DIGITS, byte_level(False)), chat),
        "deepseek-v3": form("bytes", sequence(split(r"\p{N}{1,3}"), split("[一-龥\u3040-ゟ゠-ヿ]+"), split(DEEPSEEK3), byte_level(False)), chat,
                            post_processor=begin),
        "gpt-4o": form("bytes", sequence(split(O200K, "Removed", True), byte_level(False)), chat),
        "gemma2": form("signs", at(" ", "MergedWithPrevious"), signs + added(("\n\n", {"special": False}), ("▁▁", {"special": False}), start=5), unk,
                       normalizer=replace(" ", "▁"), post_processor=template(("<bos>", 4))),
        "llama2": form("signs", None, signs, unk, normalizer=spaced, post_processor=template(("<s>", 1))),
        "metaspace": form("signs", METASPACE, signs, unk, post_processor=template(("<s>", 1))),
        "metaspace-split": form("signs", {**METASPACE, "prepend_scheme": "always", "split": True}, signs, unk),
        "gpt2-prefix": form("fewBytes", byte_level(True, True), added("<|eot|>", start=few)),
        "added-options": form("bytes", sequence(split(r"\s+", "MergedWithNext"), at("'", "MergedWithPrevious"),
                              {"type": "Digits", "individual_digits": False}, byte_level(False)), every),
        "behaviours": form("bytes", sequence(split(r"\d+|\p{Han}", "Contiguous"), at(" ", "MergedWithPrevious", True), split(r".$", "MergedWithNext", True),
                           at("-", "Removed"), byte_level(True)), every, normalizer={"type": "NFC"}),
        "no-steps": form("signs", None, signs, {"byte_fallback": False, **unk}),
    }  # fmt: skip


def main() -> None:
    bytes_ = trained(pre_tokenizers.ByteLevel.alphabet(), 520, "bytes")
    absent = set("!eÃð")  # signs that are no tokens are dropped before the others are merged
    few = {t: i for i, t in enumerate(t for t in bytes_["vocab"] if not set(t) & absent)}
    kept = [m for m in bytes_["merges"] if all(t in few for t in (m[0], m[1], "".join(m)))]
    models_ = {"bytes": bytes_, "fewBytes": {"vocab": few, "merges": kept}, "signs": with_bytes(trained([], 240, "signs"))}
    made = forms(models_)
    ids = {}
    for name, form in made.items():
        options = {key: value for key, value in form["model"].items() if key != "is"}
        whole = {**form, "model": {**options, **models_[form["model"]["is"]]}}
        tokenizer = Tokenizer.from_str(json.dumps(whole))
        ids[name] = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    OUT.mkdir(exist_ok=True)
    compact = {"separators": (",", ":"), "ensure_ascii": True}
    write = lambda name, rows: (OUT / name).write_text(rows + "\n")
    write("models.json", json.dumps(models_, **compact))
    write("forms.json", "{\n" + ",\n".join(f"{json.dumps(n)}:{json.dumps(f, **compact)}" for n, f in made.items()) + "\n}")
    write("texts.json", "[\n" + ",\n".join(json.dumps(t) for t in TEXTS) + "\n]")
    write("ids.json", "{\n" + ",\n".join(f"{json.dumps(n)}:{json.dumps(i, **compact)}" for n, i in ids.items()) + "\n}")


main()
