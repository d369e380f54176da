"""Ids of texts by Hugging Face's tokenizers: reads {"file": tokenizer.json, "texts": [...]}, prints {"ids": [...], "first": [...]}."""
import json
import sys

from tokenizers import Tokenizer

request = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(request["file"])
print(
    json.dumps(
        {
            "ids": [tokenizer.encode(text, add_special_tokens=False).ids for text in request["texts"]],
            "empty": tokenizer.encode("").ids,
        }
    )
)
