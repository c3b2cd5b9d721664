"""What knows Python: the C methods of the `core` extension, calls that skip the interpreter, tensor fields, plans."""
