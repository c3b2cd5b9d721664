"""The playground: a page on this machine where a network is chosen, learns, and shows the kernels that run."""

from __future__ import annotations

from mocrograd.playground.site import Site as Site


def serve(port: int = 0, *, browser: bool = True) -> None:
    """Serve the playground until Ctrl-C.

    Args:
        port: Where to listen, on 127.0.0.1; 0 for any free port.
        browser: Whether to open the page in the user's browser.

    Raises:
        OSError: The port is in use.
    """
    site = Site(port)
    try:
        print(f"the playground is at {site.address} and ends with Ctrl-C", flush=True)
        if browser:
            import webbrowser

            webbrowser.open(site.ticket())
        site.work()
    except KeyboardInterrupt:
        print("the playground has ended")
    finally:
        site.close()
