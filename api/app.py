"""The web application: the routers put together over one release."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from filorosso.graph import Release, read_library

from . import pages, questions, sparql
from .errors import problem


def get_app(release: Release) -> FastAPI:
    """The application over a release, which it loads into memory.

    :raises ReleaseError: the release cannot be loaded.
    """
    store, library = release.open(), read_library()
    # FastAPI's own documentation pages load scripts from another server; the OpenAPI document itself stays.
    app = FastAPI(title="Filorosso", version=release.manifest["software"], docs_url=None, redoc_url=None)
    app.include_router(sparql.get_router(store))
    app.include_router(questions.get_router(store, library))
    app.include_router(pages.get_router(store, library, release.manifest))
    app.mount("/static", StaticFiles(directory=str(files("filorosso.api").joinpath("static"))), name="static")
    app.add_exception_handler(HTTPException, _refused)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    response = problem(request, status, str(error.detail))
    response.headers.update(error.headers or {})
    return response
