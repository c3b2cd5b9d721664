"""What a call costs: what people count (operations, bytes), and the time of one worker, from which workers are chosen."""


struct Cost(TrivialRegisterPassable):
    """The cost of all units of a call."""

    var flops: Float64
    """Arithmetic operations as people count them: 2 M N K of a matrix product, one per element of a sum."""
    var bytes: Float64
    """Bytes read and written, each operand once."""
    var arithmetic: Float64
    """Nanoseconds that one worker takes where all data are in its cache, roughly."""

    @always_inline
    def __init__(out self, count: Int, flops: Float64, bytes: Int, arithmetic: Float64):
        """Makes a cost from the cost of one element.

        Args:
            count: The number of elements.
            flops: Operations per element.
            bytes: Bytes per element.
            arithmetic: Nanoseconds per element.
        """
        self.flops = Float64(count) * flops
        self.bytes = Float64(count) * Float64(bytes)
        self.arithmetic = Float64(count) * arithmetic

    @always_inline
    def __iadd__(mut self, other: Self):
        """Adds another cost.

        Args:
            other: The cost of further elements.
        """
        self.flops += other.flops
        self.bytes += other.bytes
        self.arithmetic += other.arithmetic
