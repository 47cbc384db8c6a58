"""
Feast's own server of features, with one worker, over an online store that
holds what was materialized under the project's name.

    feast-serve.py FOLDER FILE PROJECT dynamodb|redis ADDRESS PORT
"""

import sys

from feast_routes import open_routes


def main() -> None:
    folder, file, project, kind, address, port = sys.argv[1:]
    store = open_routes(folder, file, project, kind, address)
    # The default ends a worker after a thousand requests.
    store.serve("127.0.0.1", int(port), workers=1, max_requests=0)


main()
