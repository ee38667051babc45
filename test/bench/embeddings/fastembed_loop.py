"""Embeds texts with fastembed as often as it is asked.

Arguments: the model's folder, its ONNX file in there, the number of threads.
Each line of input is {"batch": ..., "texts": [...]}; the answer is a line with the seconds that it took.
"""

import json
import sys
import time

from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType

folder, onnx_file, threads = sys.argv[1:]
NAME = "bench/model"
TextEmbedding.add_custom_model(
    model=NAME,
    pooling=PoolingType.CLS,
    normalization=True,
    sources=ModelSource(hf=NAME),
    dim=384,
    model_file=onnx_file,
)
model = TextEmbedding(NAME, specific_model_path=folder, threads=int(threads))
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    started = time.perf_counter()
    vectors = list(model.embed(request["texts"], batch_size=request["batch"]))
    seconds = time.perf_counter() - started
    assert len(vectors) == len(request["texts"])
    print(json.dumps({"seconds": seconds, "vector": [float(x) for x in vectors[0]]}), flush=True)
