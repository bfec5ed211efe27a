"""``/docs``: the description of the server as a page.

The page is Swagger UI, from the files that the package offapi brings: nothing is loaded from
anywhere else, and the page may load nothing but this server's own files.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from typing import ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import Encoded, encode
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Choice
from autosubmit_core.api.schemas import text

__all__ = ["routes"]

_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Autosubmit experiments: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/docs/swagger_style.css">
</head>
<body>
<div id="page" data-description="{root}/openapi.json"></div>
<noscript>This page needs a script. The same is told at <a href="{root}/openapi.json">openapi.json</a>.</noscript>
<script src="{root}/docs/swagger_bundle.js"></script>
<script src="{root}/docs/start.js"></script>
</body>
</html>
"""

_START = """SwaggerUIBundle({
  domNode: document.getElementById("page"),
  url: document.getElementById("page").dataset.description,
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
});
"""

#: The files of the page and their types.
_TYPES = {
    "swagger_style.css": "text/css; charset=utf-8",
    "swagger_bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}


class Page(ApiHandler):
    """``GET /docs``: a page that shows all of this, and lets it be tried."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="This description as a page",
            answer=text("<!DOCTYPE html>"),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", _POLICY)
        self.write(_PAGE.format(root=escape(self.service.settings.root_path)))


class PageFile(ApiHandler):
    """``GET /docs/{file}``: a script or style of the page."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="A file of the page",
            path=(
                Choice(name="file", words=tuple(_TYPES), meaning="Its name.", example="start.js"),
            ),
            answer=text("SwaggerUIBundle({})"),
            media=("text/css", "text/javascript"),
            refusals={422: "There is no such file."},
        )
    }

    async def get(self, file: str) -> None:
        name = self.arguments()["file"]
        encoded = await self.service.looks.share(("docs", name), _file, name)
        self.set_header("Content-Type", _TYPES[name])
        await self.send(encoded)


@cache
def _file(name: str) -> Encoded:
    """Return a file of the page."""
    if name == "start.js":
        content = _START.encode()
    else:
        # Not by importing offapi, which reads all the pages that it has.
        content = Path(str(distribution("offapi").locate_file(f"offapi/{name}"))).read_bytes()
    return encode(content)


routes = [Route("/docs", Page), Route("/docs/{file}", PageFile)]
