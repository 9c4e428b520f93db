"""Stand-in for the `coglet` wheel that the official `cog` package imports.

It has what `cog` and models reach for: the cancellation exception, the prediction's
scope with its metrics, and `server.serve`, which becomes cogpp-server. It stands
before site-packages in PYTHONPATH, so that the wheel, when installed, stays unused.
"""
from coglet import _sdk
from coglet._build import BuildInfo
from coglet._exceptions import CancelationException
from coglet._server import Server, serve

# The release of Cog's runtime whose contract this is.
__version__ = "0.22.0"
__build__ = BuildInfo(version=__version__)
server = Server()

__all__ = ["CancelationException", "__build__", "__version__", "_sdk", "serve", "server"]
