"""Writes one set of vectors in every form that numpy, pyarrow, polars and safetensors give them, and forms that are refused.

Prints as JSON what each file holds: its vectors in float32, the part and the document of each row, or what the error says.
"""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import safetensors
from safetensors.numpy import save_file

folder = Path(sys.argv[1])
rows, width = 23, 5
# Numbers that no form of float has exactly: each is rounded as numpy rounds it.
exact = np.random.default_rng(7).normal(size=(rows, width)) * np.array([1e-3, 1, 3, 50, 400])
split = ["test" if i % 4 == 3 else "train" for i in range(rows)]
documents = [f"page {i // 3}" for i in range(rows)]
numbers = [10**12 + i // 3 for i in range(rows)]

read, refused = [], []


def reads(name, vectors, **more):
    read.append({"file": name, "vectors": np.asarray(vectors).astype(np.float32).tolist(), **more})


def refuses(name, found, **options):
    refused.append({"file": name, "found": found, "options": options})


# numpy: three precisions, both orders, the three versions, both orders of bytes, a file grown in place.
for kind in ["f2", "f4", "f8"]:
    for order in ["C", "F"]:
        for endian in ["<", ">"]:
            name = f"numpy-{endian == '<' and 'little' or 'big'}-{kind}-{order}.npy"
            array = np.array(exact, dtype=endian + kind, order=order)
            np.save(folder / name, array)
            reads(name, array)
for version in [(1, 0), (2, 0), (3, 0)]:
    name = f"numpy-version-{version[0]}.npy"
    with open(folder / name, "wb") as f:
        np.lib.format.write_array(f, exact.astype(np.float32), version=version)
    reads(name, exact.astype(np.float32))
mapped = np.lib.format.open_memmap(folder / "numpy-memmap.npy", mode="w+", dtype=np.float16, shape=(rows, width))
mapped[:] = exact
mapped.flush()
reads("numpy-memmap.npy", mapped)

for name, array, found in [
    ("objects.npy", np.array([[1.0, "a"], [None, 2]], dtype=object), "pickled objects"),
    ("integers.npy", np.arange(6).reshape(3, 2), "<i8"),
    ("booleans.npy", np.ones((3, 2), dtype=bool), r"\|b1"),
    ("complex.npy", np.ones((3, 2), dtype=np.complex64), "<c8"),
    ("records.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<f4")]), r"\('a', '<f4'\)"),
    ("batches.npy", np.zeros((2, 3, 4), dtype=np.float32), r"shape \(2, 3, 4\)"),
    ("line.npy", np.zeros(7, dtype=np.float32), r"shape \(7\)"),
    ("scalar.npy", np.float32(1), r"shape \(\)"),
    ("none.npy", np.zeros((0, 4), dtype=np.float32), "expected vectors, found none"),
    ("no-width.npy", np.zeros((4, 0), dtype=np.float32), "vectors of none"),
]:
    np.save(folder / name, array, allow_pickle=True)
    refuses(name, found)
with open(folder / "two-arrays.npy", "wb") as f:
    np.save(f, np.zeros((2, 3), dtype=np.float32))
    np.save(f, np.zeros((2, 3), dtype=np.float32))
refuses("two-arrays.npy", "expected 152 bytes")
np.savez(folder / "archive.npz", exact)
refuses("archive.npz", "found .npz")

# pyarrow: fixed and varying lists of each precision, as a file and as a stream, in one batch and in several.
kinds = {"f2": pa.float16(), "f4": pa.float32(), "f8": pa.float64()}


def column(kind, form):
    array = exact.astype(kind)
    flat = pa.array(array.reshape(-1), type=kinds[kind])
    if form == "fixed":
        return array, pa.FixedSizeListArray.from_arrays(flat, width)
    if form == "tensor":
        return array, pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(array))
    starts = np.arange(rows + 1) * width
    if form == "list":
        return array, pa.ListArray.from_arrays(pa.array(starts, type=pa.int32()), flat)
    return array, pa.LargeListArray.from_arrays(pa.array(starts, type=pa.int64()), flat)


def save(name, table, stream=False, chunk=None):
    opened = pa.ipc.new_stream if stream else pa.ipc.new_file
    with opened(folder / name, table.schema) as writer:
        writer.write_table(table, max_chunksize=chunk)


for kind in kinds:
    for form in ["fixed", "list", "large", "tensor"]:
        if (kind, form) == ("f2", "tensor"):
            continue  # pyarrow makes none
        array, vectors = column(kind, form)
        for ending, stream in [("arrow", False), ("arrows", True)]:
            for chunk in [None, 7]:
                name = f"pyarrow-{kind}-{form}-{chunk}.{ending}"
                save(name, pa.table({"vector": vectors}), stream, chunk)
                reads(name, array)

# Labels in every form, with other columns of every kind of layout before and between them.
_, vectors = column("f4", "fixed")
around = {
    "none": pa.nulls(rows),
    "struct": pa.array([{"a": i, "b": {"c": str(i)}} for i in range(rows)]),
    "list": pa.array([list(range(i % 4)) for i in range(rows)]),
    "map": pa.array([[("k", i)] for i in range(rows)], type=pa.map_(pa.string(), pa.int32())),
    "dense": pa.UnionArray.from_dense(
        pa.array([0] * rows, type=pa.int8()), pa.array(range(rows), type=pa.int32()), [pa.array(range(rows))]
    ),
    "sparse": pa.UnionArray.from_sparse(pa.array([0] * rows, type=pa.int8()), [pa.array(range(rows))]),
    "binary": pa.array([b"x" * i for i in range(rows)]),
    "large": pa.array([b"x" * i for i in range(rows)], type=pa.large_binary()),
    "fixed": pa.array([b"abc"] * rows, type=pa.binary(3)),
    "view": pa.array(["short", "a text of more than twelve bytes", None] * 7 + ["", "x"], type=pa.string_view()),
    "time": pa.array([i * 10**6 for i in range(rows)], type=pa.timestamp("us")),
    "decimal": pa.array([None] * rows, type=pa.decimal128(20, 3)),
    "flag": pa.array([i % 2 == 0 for i in range(rows)]),
    "category": pa.array(["a", "b", None] * 7 + ["c", "a"]).dictionary_encode(),
}
texts = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int8(), pa.string()),
    "wide_dictionary": pa.dictionary(pa.int64(), pa.large_string()),
}
for form, type_ in texts.items():
    for ending, stream in [("arrow", False), ("arrows", True)]:
        name = f"pyarrow-labels-{form}.{ending}"
        labels = {"split": pa.array(split).cast(type_), "document": pa.array(documents).cast(type_)}
        items = list(around.items())
        parts = [items[:7], [("document", labels["document"])], items[7:], [("vector", vectors), ("split", labels["split"])]]
        save(name, pa.table(dict(sum(parts, []))), stream, 9)
        reads(name, exact.astype(np.float32), split=split, documents=documents)
for type_ in [pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.uint64()]:
    values = numbers if "64" in str(type_) else [i // 3 for i in range(rows)]
    name = f"pyarrow-document-{type_}.arrow"
    save(name, pa.table({"document": pa.array(values, type=type_), "vector": vectors}))
    reads(name, exact.astype(np.float32), documents=[str(v) for v in values])

# A dictionary that grows from batch to batch, one that is replaced (streams alone have these), one made the same beforehand.
cuts = [slice(0, 3), slice(3, 9), slice(9, rows)]
lists = pa.chunked_array([vectors[cut] for cut in cuts])
replaced = pa.chunked_array([pa.array(split[cut]).dictionary_encode() for cut in cuts])
codes = [["train", "test"].index(part) for part in split]
names = [["train"], ["train", "test"], ["train", "test"]]
grown = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(codes[cut]), n) for cut, n in zip(cuts, names)])
for name, column_of, opened, options in [
    ("delta.arrow", grown, pa.ipc.new_file, pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)),
    ("delta.arrows", grown, pa.ipc.new_stream, pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)),
    ("replaced.arrows", replaced, pa.ipc.new_stream, pa.ipc.IpcWriteOptions()),
    ("unified.arrow", replaced, pa.ipc.new_file, pa.ipc.IpcWriteOptions(unify_dictionaries=True)),
]:
    table = pa.table({"split": column_of, "vector": lists})
    with opened(folder / f"pyarrow-{name}", table.schema, options=options) as writer:
        writer.write_table(table)
    reads(f"pyarrow-{name}", exact.astype(np.float32), split=split)

# Slices, other names, pandas' and polars' ways to save.
save("pyarrow-sliced.arrow", pa.table({"vector": vectors, "split": split}).slice(5, 11))
reads("pyarrow-sliced.arrow", exact.astype(np.float32)[5:16], split=split[5:16])
array, lists = column("f8", "list")
save("pyarrow-sliced-list.arrows", pa.table({"vector": lists}).slice(4, 9), stream=True, chunk=4)
reads("pyarrow-sliced-list.arrows", array[4:13])
save("named.arrow", pa.table({"resid": vectors, "part": split, "doc": documents}))
options = {"column": "resid", "splitColumn": "part", "documentColumn": "doc"}
reads("named.arrow", exact.astype(np.float32), split=split, documents=documents, options=options)
feather.write_feather(pa.table({"vector": vectors}), folder / "pyarrow.feather", compression="uncompressed")
reads("pyarrow.feather", exact.astype(np.float32))
for form, type_ in [("array", pl.Array(pl.Float32, width)), ("list", pl.List(pl.Float32))]:
    name = f"polars-{form}.arrow"
    frame = pl.DataFrame(
        {"document": documents, "vector": pl.Series(exact.astype(np.float32).tolist(), dtype=type_), "split": split}
    )
    frame.with_columns(pl.col("split").cast(pl.Categorical)).write_ipc(folder / name, compression="uncompressed")
    reads(name, exact.astype(np.float32), split=split, documents=documents)

for codec in ["lz4", "zstd"]:
    feather.write_feather(pa.table({"vector": vectors}), folder / f"{codec}.feather", compression=codec)
    refuses(f"{codec}.feather", "record batches that are not compressed, found " + {"lz4": "LZ4_FRAME", "zstd": "ZSTD"}[codec])
holes = pa.array([[1.0, 2.0], None, [3.0, 4.0]], type=pa.list_(pa.float32(), 2))
gaps = pa.array([[1.0, 2.0], [None, 4.0]], type=pa.list_(pa.float32()))
uneven = pa.array([[1.0, 2.0], [3.0, 4.0], [5.0]], type=pa.list_(pa.float32()))
nested = pa.array([[[1.0, 2.0]]], type=pa.list_(pa.list_(pa.float32(), 2), 1))
whole = pa.array([[1, 2]], type=pa.list_(pa.int32(), 2))
for name, value, found in [
    ("holes", {"vector": holes}, "missing values in rows 0 to 2"),
    ("gaps", {"vector": gaps}, "missing values in rows 0 to 1"),
    ("uneven", {"vector": uneven}, "vectors of 2 numbers in column vector, found 1 in row 2"),
    ("nested", {"vector": nested}, r"found FixedSizeList\[1\]<FixedSizeList"),
    ("whole", {"vector": whole}, r"found FixedSizeList\[2\]<Int32>"),
    ("wide", {f"c{i}": [0.5] for i in range(20)}, r"found c0 Float64; c1 Float64; .*… \(20 in all\)"),
    ("flags", {"vector": vectors, "split": [i % 2 == 0 for i in range(rows)]}, "column split of texts .*, found Bool"),
    ("codes", {"vector": vectors, "split": [i % 2 for i in range(rows)]}, "column split of texts .*, found Int64"),
    ("shares", {"vector": vectors, "document": [float(i) for i in range(rows)]}, "found Float64"),
]:
    save(f"{name}.arrow", pa.table(value))
    refuses(f"{name}.arrow", found)
save("twice.arrow", pa.Table.from_arrays([vectors, vectors], names=["vector", "vector"]))
refuses("twice.arrow", "one column vector, found 2")

# safetensors: each float, by name or as the only one of two dimensions.
for name, kind in [("F16", "f2"), ("F32", "f4"), ("F64", "f8")]:
    save_file({"tokens": np.arange(rows), "acts": exact.astype(kind)}, folder / f"{name}.safetensors")
    reads(f"{name}.safetensors", exact.astype(kind))
bits = (exact.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
spec = safetensors.TensorSpec(dtype="bfloat16", shape=[rows, width], data_ptr=bits.ctypes.data, data_len=bits.nbytes)
safetensors.serialize_file({"resid": spec}, folder / "BF16.safetensors")
reads("BF16.safetensors", (bits.astype(np.uint32) << 16).view(np.float32))
two = {"a": exact.astype(np.float32), "b": -exact.astype(np.float32)}
save_file(two, folder / "two.safetensors")
reads("two.safetensors", two["b"], options={"column": "b"})
refuses("two.safetensors", r"one tensor \[vectors, width\], found a F32 \[23, 5\]; b F32 \[23, 5\]")
refuses("two.safetensors", "a tensor named c", column="c")
save_file({"acts": exact.astype(np.int32)}, folder / "whole.safetensors")
refuses("whole.safetensors", r"stored as F16, BF16, F32, F64, found I32 \[23, 5\]")
save_file({"acts": np.zeros((2, 3, 4), dtype=np.float32)}, folder / "batches.safetensors")
refuses("batches.safetensors", r"found acts F32 \[2, 3, 4\]")
refuses("batches.safetensors", r"of two dimensions \[vectors, width\], found F32 \[2, 3, 4\]", column="acts")

print(json.dumps({"read": read, "refused": refused}))
