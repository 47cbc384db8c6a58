"""The flights as Feast knows them: where its features are stored, and the routes of the file."""

import os
from datetime import timedelta

from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Int64, String
from feast.value_type import ValueType


def online_store(kind: str, address: str) -> dict:
    if kind == "dynamodb":
        return {"type": "dynamodb", "region": "us-east-1", "endpoint_url": address}
    return {"type": "redis", "connection_string": address}


def open_store(folder: str, project: str, kind: str, address: str) -> FeatureStore:
    return FeatureStore(
        config=RepoConfig(
            project=project,
            provider="local",
            registry=os.path.join(folder, f"{project}.db"),
            offline_store={"type": "file"},
            online_store=online_store(kind, address),
            entity_key_serialization_version=3,
        )
    )


def routes(file: str) -> list:
    origin = Entity(name="origin", join_keys=["origin"], value_type=ValueType.STRING)
    destination = Entity(name="destination", join_keys=["destination"], value_type=ValueType.STRING)
    view = FeatureView(
        name="routes",
        entities=[origin, destination],
        ttl=timedelta(days=36500),
        schema=[
            Field(name="origin", dtype=String),
            Field(name="destination", dtype=String),
            Field(name="delay", dtype=Int64),
            Field(name="distance", dtype=Int64),
        ],
        source=FileSource(path=file, timestamp_field="date"),
    )
    return [origin, destination, view]


def open_routes(folder: str, file: str, project: str, kind: str, address: str) -> FeatureStore:
    store = open_store(folder, project, kind, address)
    store.apply(routes(file))
    return store
