"""
Feast beside the batch lane: materializes a file of flights, the newest of each
route, into an online store. Prints one line of JSON. The start of Python, the
imports that Feast makes when it first materializes (one row does that), and the
making of the table are not part of the time.

    feast-materialize.py FOLDER FILE PROJECT dynamodb|redis ADDRESS
"""

import json
import os
import sys
import time
from datetime import datetime, timezone

import botocore.client
import pyarrow
import pyarrow.parquet
from feast_routes import open_routes

FIRST = datetime(2000, 1, 1, tzinfo=timezone.utc)
LAST = datetime(2030, 1, 1, tzinfo=timezone.utc)


def count_dynamodb_writes() -> dict:
    """Counts the items of all calls that write, by the method that every call of the client goes through."""
    counts = {"items": 0}
    call = botocore.client.BaseClient._make_api_call

    def counted(self, name, parameters):
        if name == "BatchWriteItem":
            counts["items"] += sum(len(items) for items in parameters["RequestItems"].values())
        elif name in ("PutItem", "UpdateItem"):
            counts["items"] += 1
        return call(self, name, parameters)

    botocore.client.BaseClient._make_api_call = counted
    return counts


def redis_writes(address: str) -> int:
    import redis

    host, port = address.split(":")
    stats = redis.Redis(host=host, port=int(port)).info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("hset", "hmset"))


def cpu_seconds() -> float:
    return sum(os.times()[:4])


def warm_up(folder: str, file: str, project: str, kind: str, address: str) -> None:
    one_row = os.path.join(folder, "one-row.parquet")
    batch = next(pyarrow.parquet.ParquetFile(file).iter_batches(batch_size=1))
    pyarrow.parquet.write_table(pyarrow.Table.from_batches([batch]), one_row)
    open_routes(folder, one_row, f"{project}_first", kind, address).materialize(FIRST, LAST)


def main() -> None:
    folder, file, project, kind, address = sys.argv[1:]
    warm_up(folder, file, project, kind, address)
    store = open_routes(folder, file, project, kind, address)
    counts = count_dynamodb_writes()
    redis_before = redis_writes(address) if kind == "redis" else 0
    began, cpu_before = time.monotonic(), cpu_seconds()
    store.materialize(FIRST, LAST)
    seconds, cpu = time.monotonic() - began, cpu_seconds() - cpu_before
    writes = redis_writes(address) - redis_before if kind == "redis" else counts["items"]
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "storeWrites": writes}))


main()
