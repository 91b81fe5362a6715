"""The raw limit of serving: a hello-world endpoint of the same framework, on the same server with the same settings."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.cli.serve import Server, listening
from app.settings import Settings
from app.start import tune_garbage_collection


def main() -> None:
    tune_garbage_collection()  # as `tessera` does
    app = FastAPI()

    @app.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    settings = Settings(data=Path(sys.argv[1]))
    server: uvicorn.Server = Server(app, settings)
    with listening("127.0.0.1", int(sys.argv[2])) as taken:
        server.run(sockets=[taken])


if __name__ == "__main__":
    main()
