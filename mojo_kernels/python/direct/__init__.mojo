"""Direct calls: operations that go from a C method to the kernel and back without Python code between."""
