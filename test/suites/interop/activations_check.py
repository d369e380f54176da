"""Prints what pyarrow finds in a layer's Arrow file, as JSON: schema, metadata, rows, and the scaling checked."""

import base64
import json
import struct
import sys

import pyarrow as pa

reader = pa.ipc.open_file(pa.memory_map(sys.argv[1]))
table = reader.read_all()
table.validate(full=True)
metadata = {k.decode(): v.decode() for k, v in reader.schema.metadata.items()}
mean = struct.unpack(f"<{metadata['d_in']}d", base64.b64decode(metadata["mean"]))
scale = float(metadata["scale"])
rows = table.to_pylist()
train = [r["vector"] for r in rows if r["split"] == "train"]
print(
    json.dumps(
        {
            "fields": {f.name: [str(f.type), f.nullable] for f in reader.schema},
            "batches": reader.num_record_batches,
            "metadata": metadata,
            "rows": rows,
            "meanSquare": sum(((x - m) * scale) ** 2 for v in train for x, m in zip(v, mean)) / len(train),
            "largestMeanError": max(
                abs(sum(v[j] for v in train) / len(train) - mean[j]) for j in range(len(mean))
            ),
        }
    )
)
