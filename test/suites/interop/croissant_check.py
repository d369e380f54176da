"""Validates a Croissant description with mlcroissant and reads its records: prints {"warnings", "records", "without"} as JSON."""

import json
import sys

import mlcroissant as mlc
import pyarrow as pa
from mlcroissant._src.operation_graph.operations.read import Read

ARROW = "application/vnd.apache.arrow.file"


def records(record_set):
    return [
        {key.split("/")[-1]: value.decode() if isinstance(value, bytes) else value for key, value in record.items()}
        for record in dataset.records(record_set=record_set)
    ]


dataset = mlc.Dataset(jsonld=sys.argv[1])
try:
    without = len(records(sys.argv[2]))
except Exception as error:
    without = str(error.__cause__ or error)

read = Read._read_file_content


def read_arrow(self, encoding_formats, file):
    """mlcroissant has no reader for Arrow files: pyarrow's takes its place, the rest (columns, types) stays its own."""
    if ARROW not in encoding_formats:
        return read(self, encoding_formats, file)
    return pa.ipc.open_file(str(file.filepath)).read_all().to_pandas()


Read._read_file_content = read_arrow
print(
    json.dumps(
        {
            "warnings": sorted(dataset.metadata.issues.warnings),
            "without": without,
            "records": records(sys.argv[2]),
        },
        default=lambda value: value.tolist(),  # numpy's
    )
)
