"""Models as C libraries: what pyfront/mocrograd/export generates calls to. Nothing here needs Python or a run-time library."""
